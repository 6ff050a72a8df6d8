"""Every exception that litsweep raises, in one tree.

::

    LitsweepError
    ├── SettingsError                 a setting is missing, unreadable or out of range
    ├── UsageError                    asked for something that does not exist or cannot be
    │   ├── UnknownTopic
    │   ├── UnknownRecord
    │   ├── UnknownModel
    │   ├── UnknownNumber             no decision, run, alert or the like has it
    │   └── InvalidIdentifier         a PMID, PMCID or DOI that is none
    ├── SourceError                   PubMed, PMC or Europe PMC did not give what was asked
    │   ├── SourceUnreachable         no connection, a time-out, an outage beyond the retries
    │   ├── RateLimited               the rate limit was still exceeded after the retries
    │   ├── AccessRefused             the API key or the request's right to be made was refused
    │   ├── QueryRefused              the query itself cannot be run
    │   └── MalformedReply            the reply is not what its status claims
    ├── DatabaseError                 the results database cannot be used
    │   ├── DatabaseUnreachable       its server does not answer, or the connection was lost
    │   ├── DatabaseBusy              another program was writing for too long
    │   ├── DatabaseTooNew            written by a newer litsweep
    │   ├── DatabaseNotReady          not created yet, or its migrations have not been run
    │   ├── StorageFull               no room left, or the disk refused a write
    │   └── StatementRefused          a statement that the read-only console does not run
    ├── ModelError                    a language model cannot be used
    │   ├── ModelNotAvailable         its weights, or the packages for it, are not here
    │   ├── WeightsRefused            unsafe format, or not the pinned bytes
    │   ├── DeviceLost                the GPU is lost to this process, and the model with it
    │   └── PromptTooLong             a prompt that does not fit into the context window
    ├── OrchestrationError            no Prefect server could be used or started
    ├── DeliveryFailed                a message could not be handed over to a channel
    │   └── ChannelUnreachable        the channel itself cannot be used now, for any message
    ├── QueryHeld                     a changed query waits for a person's decision
    ├── FileRefused                   a file of records is not what it should be, or was cut
    ├── LoadBusy                      another process is loading this file
    ├── DecisionConflict              another decision was made meanwhile, and stands
    └── SweepBusy                     another sweep of this topic is running

Messages are for people: what happened, to what, and the way out. They never hold
an API key or an e-mail address. A lower library's exception is translated at the
border of the package that calls it and kept as ``__cause__``.
"""


class LitsweepError(Exception):
    """Base of all errors that litsweep raises on purpose."""


class SettingsError(LitsweepError):
    """A setting is missing, unreadable or out of range."""


class UsageError(LitsweepError):
    """The caller asked for something that does not exist or cannot be."""


class UnknownTopic(UsageError):
    """No topic has this name."""


class UnknownRecord(UsageError):
    """No stored record has this PMID."""


class UnknownModel(UsageError):
    """No model has this name or alias."""


class UnknownNumber(UsageError):
    """Nothing of the kind that was asked for has this number: a decision, a run, an alert."""


class InvalidIdentifier(UsageError):
    """A text that should be a PMID, PMCID or DOI is none."""


class SourceError(LitsweepError):
    """PubMed, PMC or Europe PMC did not give what was asked of it."""


class SourceUnreachable(SourceError):
    """No connection, a time-out, or an outage that outlived the retries."""


class RateLimited(SourceError):
    """The rate limit was still exceeded after the last retry."""


class AccessRefused(SourceError):
    """The API key, or the right to make this request, was refused."""


class QueryRefused(SourceError):
    """The source says that the query itself cannot be run."""


class MalformedReply(SourceError):
    """The reply is not what its status claims: cut, empty, HTML, or broken XML."""


class DatabaseError(LitsweepError):
    """The results database cannot be used."""


class DatabaseUnreachable(DatabaseError):
    """The database's server does not answer, is starting or stopping, or the connection broke."""


class DatabaseBusy(DatabaseError):
    """Another program was writing for longer than a writer waits."""


class DatabaseTooNew(DatabaseError):
    """The database was written by a newer litsweep than this one."""


class DatabaseNotReady(DatabaseError):
    """The database does not exist yet, or its migrations have not been run."""


class StorageFull(DatabaseError):
    """No room left where the database lies, or the disk refused a write."""


class StatementRefused(DatabaseError):
    """A statement that the read-only console does not run."""


class ModelError(LitsweepError):
    """A language model cannot be used."""


class ModelNotAvailable(ModelError):
    """The weights, or the packages that load them, are not on this machine."""


class WeightsRefused(ModelError):
    """The weights are in an unsafe format, or are not the pinned bytes."""


class DeviceLost(ModelError):
    """The GPU's context is lost in this process: every later call would fail, too."""


class PromptTooLong(ModelError):
    """A prompt does not fit into the model's context window."""


class OrchestrationError(LitsweepError):
    """No Prefect server could be used or started."""


class DeliveryFailed(LitsweepError):
    """A mail server or a notification block did not take a message."""


class ChannelUnreachable(DeliveryFailed):
    """The mail server or the notification block cannot be used now, whatever the message is."""


class QueryHeld(LitsweepError):
    """A changed query finds far more than before; nothing is fetched until a person decides."""


class FileRefused(LitsweepError):
    """A file of records is of no known format, fails its checksum, or was cut."""


class LoadBusy(LitsweepError):
    """Another process is loading this file."""


class SweepBusy(LitsweepError):
    """Another sweep of this topic is running."""


class DecisionConflict(LitsweepError):
    """The decision to be replaced is not the one that stands any more."""
