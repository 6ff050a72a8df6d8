"""The schema in one file: every table and column with its meaning, every constraint.

No queries here. A row names the row that it came from; rows are added and not
changed, but for ``records`` and its child tables (the current state of the index entry, whose
history is ``record_versions``), the state of a hit, the closing of a run, the marks of a reading
(stale, superseded), the decision on a held query, the delivery of a message, and leases, which
come and go.
Offsets are half-open, in code points of ``documents.text``. A new database is made of this file,
an older one becomes it by migrations; a test holds that the two are the same.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.types import Json, MachineText, Time, Zipped, state
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.documents import DocumentKind, FullTextSource, SectionKind
from litsweep.domain.generations import ReadingTask, StopReason
from litsweep.domain.judgements import Fault, Judgement
from litsweep.domain.loads import FileFormat, LoadStatus
from litsweep.domain.notifications import NotificationKind
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import FindingState, SummaryMethod, ValueMethod, Verdict
from litsweep.domain.records import DatePrecision
from litsweep.domain.reviewers import Role
from litsweep.domain.strategies import DateField, HitOrigin, HitState, RunStatus, SearchRoute
from litsweep.matching.duplicates import Rule

TOPIC_NAME_LENGTH: Final = 100

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _column(name: str, kind: Any, *args: Any, comment: str, **options: Any) -> Column[Any]:
    # Nothing is nullable unless it says so: an absent value must have been thought about.
    options.setdefault("nullable", False)
    return Column(name, kind, *args, comment=comment, **options)


def _key(name: str, comment: str) -> Column[Any]:
    return _column(name, Integer, primary_key=True, comment=comment)


def _parent(name: str, target: str, comment: str, **options: Any) -> Column[Any]:
    return _column(name, Integer, ForeignKey(target), comment=comment, **options)


def _sha256(name: str, comment: str, **options: Any) -> Column[Any]:
    # In hexadecimal: an empty one, or one cut short, would be equal to others of its kind.
    is_whole = CheckConstraint(f"length({name}) = 64", name=name)
    return _column(name, String(64), is_whole, comment=comment, **options)


def _count(name: str, comment: str, kind: Any = Integer, **options: Any) -> Column[Any]:
    is_count = CheckConstraint(f"{name} >= 0", name=name)
    return _column(name, kind, is_count, comment=comment, **options)


def _version(name: str, comment: str, **options: Any) -> Column[Any]:
    is_version = CheckConstraint(f"{name} >= 1", name=name)
    return _column(name, Integer, is_version, comment=comment, **options)


def _pmid(comment: str, **options: Any) -> Column[Any]:
    is_pmid = CheckConstraint("pmid > 0", name="pmid")
    return _column("pmid", BigInteger, is_pmid, comment=comment, **options)


def _position(comment: str) -> Column[Any]:
    return _column("position", Integer, primary_key=True, autoincrement=False, comment=comment)


def _search_run(comment: str) -> Column[Any]:
    return _parent("search_run_id", "search_runs.search_run_id", comment, nullable=True)


def _load_file(comment: str) -> Column[Any]:
    return _parent("load_file_id", "load_files.load_file_id", comment, nullable=True)


def _came_once() -> CheckConstraint:
    """Hold that a row came by a search or from a file, and not by both."""
    return CheckConstraint("(search_run_id IS NULL) <> (load_file_id IS NULL)", name="came")


def _own_document() -> ForeignKeyConstraint:
    """Hold that the text is the same record's: nothing is read as another record's text."""
    return ForeignKeyConstraint(
        ["document_id", "record_id"], ["documents.document_id", "documents.record_id"]
    )


def _of_record() -> Column[Any]:
    return _column(
        "record_id",
        Integer,
        ForeignKey("records.record_id"),
        primary_key=True,
        autoincrement=False,
        comment="The record.",
    )


def _of_document() -> Column[Any]:
    return _column(
        "document_id",
        Integer,
        ForeignKey("documents.document_id"),
        primary_key=True,
        autoincrement=False,
        comment="The document.",
    )


def _judged() -> tuple[Any, ...]:
    """What judgements of sentences and of data items have in common."""
    return (
        _column("judgement", state(Judgement, "judgement"), comment="Right, wrong, withdrawn."),
        _column("fault", state(Fault, "fault"), nullable=True, comment="What is wrong; or null."),
        _column("note", Text, nullable=True, comment="What the person remarked."),
        _column("reviewer", Text, comment="Who judged."),
        _column("judged_at", Time, comment="When."),
        _column(
            "supersedes_id",
            Integer,
            nullable=True,
            comment="The same person's judgement in place of which it stands; null: the first.",
        ),
        _column("is_standing", Boolean, comment="Whether no newer one of that person replaces it."),
        _column(
            "is_audit",
            Boolean,
            server_default=text("false"),
            comment="Whether chance chose what was judged, so that its rate speaks for the rest.",
        ),
        _column("tool_version", Text, comment="Version of litsweep."),
        CheckConstraint("(judgement = 'wrong') = (fault IS NOT NULL)", name="wrong"),
        CheckConstraint("judgement <> 'withdrawn' OR supersedes_id IS NOT NULL", name="withdrawn"),
        CheckConstraint("length(reviewer) > 0", name="reviewer"),
    )


# --- identification ---------------------------------------------------------------------

topics = Table(
    "topics",
    metadata,
    _key("topic_id", "Number of the topic."),
    _column("name", String(TOPIC_NAME_LENGTH), unique=True, comment="What people call it."),
    _column("created_at", Time, comment="When it was added."),
    _column(
        "summary_model",
        Text,
        nullable=True,
        comment="Its own choice for abstracts: auto, none, a model's name; null: the settings'.",
    ),
    _column(
        "analysis_model",
        Text,
        nullable=True,
        comment="Its own choice for full texts: auto, none, a model's name; null: the settings'.",
    ),
    _column("retired_at", Time, nullable=True, comment="When it was retired; null while swept."),
    _column("retired_by", Text, nullable=True, comment="Who retired it."),
    _column("retirement_reason", Text, nullable=True, comment="Why it was retired."),
    CheckConstraint("length(name) > 0", name="name"),
    CheckConstraint(
        "(retired_at IS NULL) = (retired_by IS NULL) AND "
        "(retired_at IS NULL) = (retirement_reason IS NULL)",
        name="retired",
    ),
    comment="Questions under surveillance.",
)

search_strategies = Table(
    "search_strategies",
    metadata,
    _key("search_strategy_id", "Number of the strategy."),
    _parent("topic_id", "topics.topic_id", "The topic that it searches for."),
    _version("version", "1 for the first query, one more for each changed one."),
    _column("query", Text, comment="The query, verbatim."),
    _sha256("query_sha256", "Hash of the query's exact text."),
    _column("author", Text, comment="Who wrote this version."),
    _column("reason", Text, comment="Why this version was written."),
    _column("created_at", Time, comment="When this version was written."),
    UniqueConstraint("topic_id", "version"),
    # Aimed at by search_runs, so that a run's topic cannot differ from its strategy's.
    UniqueConstraint("search_strategy_id", "topic_id"),
    CheckConstraint("length(query) > 0", name="query"),
    comment="Versions of the topics' queries; the highest is searched.",
)

search_runs = Table(
    "search_runs",
    metadata,
    _key("search_run_id", "Number of the run."),
    _column("search_strategy_id", Integer, comment="The strategy that was executed."),
    _parent("topic_id", "topics.topic_id", "Its topic."),
    _column("route", state(SearchRoute, "route"), comment="By which way records are looked for."),
    _column(
        "date_field",
        state(DateField, "date_field"),
        nullable=True,
        comment="Which PubMed date; null: a search without dates.",
    ),
    _column("first_day", Date, nullable=True, comment="First day of the window, included."),
    _column("last_day", Date, nullable=True, comment="Last day of the window, included."),
    _column("status", state(RunStatus, "status"), comment="Where the run stands."),
    _column("owner", Text, comment="The process that runs it, to tell whether it still lives."),
    _column("query_sent", Text, nullable=True, comment="The term as sent to ESearch."),
    _column("query_translation", Text, nullable=True, comment="What PubMed made of it."),
    _column("translations", Json, comment="List of [what was written, what PubMed searched]."),
    _count("n_reported", "How many records PubMed counted.", nullable=True),
    _column(
        "slices",
        Json,
        comment="List of [first PMID, last PMID, count]: the parts in which it was searched.",
    ),
    _column("warnings", Json, comment="List of sentences: what was ignored, what was odd."),
    _column("error", MachineText, nullable=True, comment="What stopped the run, in words."),
    _column("tool_version", Text, comment="Version of litsweep."),
    _column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    _column("started_at", Time, comment="When the run was opened."),
    _column("finished_at", Time, nullable=True, comment="When it was closed."),
    ForeignKeyConstraint(
        ["search_strategy_id", "topic_id"],
        ["search_strategies.search_strategy_id", "search_strategies.topic_id"],
    ),
    CheckConstraint("first_day <= last_day", name="window"),
    CheckConstraint(
        "(first_day IS NULL) = (last_day IS NULL) AND (first_day IS NULL) = (date_field IS NULL)",
        name="days",
    ),
    CheckConstraint("(route = 'undated') = (first_day IS NULL)", name="undated"),
    CheckConstraint("route NOT IN ('asked_again', 'loaded')", name="searched"),
    CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished"),
    CheckConstraint("status <> 'complete' OR n_reported IS NOT NULL", name="counted"),
    CheckConstraint(
        "status NOT IN ('failed', 'interrupted') OR error IS NOT NULL", name="explained"
    ),
    # Aimed at by topic_records: what a run found belongs to its own topic.
    UniqueConstraint("search_run_id", "topic_id"),
    # One sweep of a topic at a time, whoever forgets to ask; windows of its history go beside it.
    Index(
        "uq_search_runs_running",
        "topic_id",
        unique=True,
        sqlite_where=text("status = 'running' AND route <> 'backfill'"),
        postgresql_where=text("status = 'running' AND route <> 'backfill'"),
    ),
    Index(
        "uq_search_runs_backfilling",
        "topic_id",
        "first_day",
        "last_day",
        unique=True,
        sqlite_where=text("status = 'running' AND route = 'backfill'"),
        postgresql_where=text("status = 'running' AND route = 'backfill'"),
    ),
    Index("ix_search_runs_search_strategy_id", "search_strategy_id"),
    Index("ix_search_runs_topic_id", "topic_id"),
    comment="Executions of the strategies, one row a night and topic: the receipts.",
)

search_hits = Table(
    "search_hits",
    metadata,
    _column(
        "search_run_id",
        Integer,
        ForeignKey("search_runs.search_run_id"),
        primary_key=True,
        autoincrement=False,
        comment="The run that returned it.",
    ),
    _pmid("The identifier.", primary_key=True, autoincrement=False),
    _column(
        "origin",
        state(HitOrigin, "origin"),
        comment="Whether this search returned it, or it was asked for beside.",
    ),
    _column("state", state(HitState, "state"), comment="What became of it."),
    _column("reason", MachineText, nullable=True, comment="Why it failed or is absent."),
    Index("ix_search_hits_pmid", "pmid"),
    comment="Identifiers that each run returned; a run's counts are counts of these.",
)

query_holds = Table(
    "query_holds",
    metadata,
    _key("query_hold_id", "Number of the hold."),
    _parent("topic_id", "topics.topic_id", "Its topic."),
    _column("search_strategy_id", Integer, comment="The version of the query that is held."),
    _column(
        "compared_strategy_id",
        Integer,
        comment="The version that it is compared with: the last one that was searched to its end.",
    ),
    _column("search_run_id", Integer, comment="The run that was closed without fetching."),
    _count("n_now", "How many records PubMed counts for it in all."),
    _count(
        "n_before",
        "How many it counts for the version before; null: PubMed refuses that by now.",
        nullable=True,
    ),
    _count("n_now_in_window", "How many of them in the days of the run, or null.", nullable=True),
    _count("n_before_in_window", "How many of those before in them, or null.", nullable=True),
    _column("translation_now", Text, comment="What PubMed made of the query."),
    _column("translation_before", Text, nullable=True, comment="What it makes of the former."),
    _column("reason", Text, comment="Why it is held, as a sentence."),
    _column("opened_at", Time, comment="When it was held."),
    _column(
        "review_flow_run_id",
        Text,
        nullable=True,
        comment="Prefect's id of the run that asks a person, or null.",
    ),
    _column("decided_at", Time, nullable=True, comment="When a person decided; null: it waits."),
    _column("decided_by", Text, nullable=True, comment="Who decided."),
    _column(
        "is_approved",
        Boolean,
        nullable=True,
        comment="Whether it may be searched; false: not before it is changed.",
    ),
    _column("note", Text, nullable=True, comment="What that person remarked."),
    ForeignKeyConstraint(
        ["search_strategy_id", "topic_id"],
        ["search_strategies.search_strategy_id", "search_strategies.topic_id"],
        name="fk_query_holds_search_strategy_id",
    ),
    ForeignKeyConstraint(
        ["compared_strategy_id", "topic_id"],
        ["search_strategies.search_strategy_id", "search_strategies.topic_id"],
        name="fk_query_holds_compared_strategy_id",
    ),
    ForeignKeyConstraint(
        ["search_run_id", "topic_id"],
        ["search_runs.search_run_id", "search_runs.topic_id"],
        name="fk_query_holds_search_run_id",
    ),
    CheckConstraint(
        "(decided_at IS NULL) = (decided_by IS NULL) AND "
        "(decided_at IS NULL) = (is_approved IS NULL)",
        name="decided",
    ),
    CheckConstraint("length(decided_by) > 0", name="decided_by"),
    CheckConstraint("search_strategy_id <> compared_strategy_id", name="compared"),
    # A query waits for one decision at a time.
    Index(
        "uq_query_holds_open",
        "search_strategy_id",
        unique=True,
        sqlite_where=text("decided_at IS NULL"),
        postgresql_where=text("decided_at IS NULL"),
    ),
    Index("ix_query_holds_topic_id", "topic_id"),
    Index("ix_query_holds_search_strategy_id", "search_strategy_id"),
    Index("ix_query_holds_compared_strategy_id", "compared_strategy_id"),
    Index("ix_query_holds_search_run_id", "search_run_id"),
    comment="Changed queries that find far more than before, and what a person decided of them.",
)

records = Table(
    "records",
    metadata,
    _key("record_id", "Number of the record."),
    _pmid(
        "PubMed identifier; null: known only from an export that gives none.",
        nullable=True,
        unique=True,
    ),
    _version("version", "Its current row in record_versions."),
    _column(
        "publication_status",
        state(PublicationStatus, "publication_status"),
        comment="Retracted, corrected, …: the gravest thing said of it, by it or by a notice.",
    ),
    _parent(
        "duplicate_of_id",
        "records.record_id",
        "The record that is kept in its place; null: it is no duplicate.",
        nullable=True,
    ),
    _sha256(
        "import_key",
        "Hash of the exported entry, for a record without PMID.",
        nullable=True,
        unique=True,
    ),
    _sha256("raw_sha256", "Hash of the current version's bytes."),
    _column("title", Text, comment="Title; empty where PubMed's is."),
    _column(
        "title_key",
        String(32),
        nullable=True,
        comment="First letters of the title, folded, to look up duplicates; null: too short.",
    ),
    _column("abstract", Text, comment="Abstract, one part a line; empty where there is none."),
    _column("authors", Text, comment="Authors as a citation lists them, separated by '; '."),
    _column("journal", Text, nullable=True, comment="Title of the journal, or of the book."),
    _column("publication_date", Date, nullable=True, comment="Day to sort by."),
    _column(
        "publication_date_precision",
        state(DatePrecision, "publication_date_precision"),
        comment="How much of that day the record states.",
    ),
    _column("publication_date_text", Text, comment="The date as the record gives it."),
    _column("language", Text, comment="Languages, separated by '; '."),
    _column("publication_types", Text, comment="Publication types, separated by '; '."),
    _column("doi", Text, nullable=True, comment="The record's own DOI, in lower case."),
    _column("pmcid", Text, nullable=True, comment="The record's own PMCID, such as PMC3491588."),
    _column("is_book", Boolean, comment="Whether it is a chapter of a book."),
    _column("created_on", Date, nullable=True, comment="When PubMed made the record (CRDT)."),
    _column("revised_on", Date, nullable=True, comment="When PubMed last revised it."),
    _column("details", Json, comment="The record's remaining fields."),
    _column("first_seen_at", Time, comment="When it was stored for the first time."),
    _column("updated_at", Time, comment="When its current version was stored."),
    Index("ix_records_publication_date", "publication_date"),
    Index("ix_records_doi", "doi"),
    Index("ix_records_pmcid", "pmcid"),
    Index("ix_records_title_key", "title_key"),
    Index("ix_records_duplicate_of_id", "duplicate_of_id"),
    # The queue leaves these out, and there are few.
    Index(
        "ix_records_deleted",
        "record_id",
        sqlite_where=text("publication_status = 'deleted'"),
        postgresql_where=text("publication_status = 'deleted'"),
    ),
    Index(
        "ix_records_spoken_against",
        "record_id",
        sqlite_where=text("publication_status <> 'as_published'"),
        postgresql_where=text("publication_status <> 'as_published'"),
    ),
    CheckConstraint("pmid IS NOT NULL OR import_key IS NOT NULL", name="identity"),
    CheckConstraint("duplicate_of_id <> record_id", name="duplicate"),
    CheckConstraint(
        "(publication_date IS NULL) = (publication_date_precision = 'unknown')", name="dated"
    ),
    comment="Index entries of PubMed, each as its newest version says.",
)

record_versions = Table(
    "record_versions",
    metadata,
    _of_record(),
    _version(
        "version",
        "1 for the first, one more for each change.",
        primary_key=True,
        autoincrement=False,
    ),
    _column("pmid_version", Integer, comment="PubMed's own version number (PMID Version)."),
    _column("raw", Zipped, comment="The entry as it came, UTF-8, compressed with zlib."),
    _column("raw_format", state(FileFormat, "raw_format"), comment="PubMed XML, NBIB or RIS."),
    _sha256("raw_sha256", "Hash of the bytes before compression."),
    _column("changes", Json, comment="List of {field, before, after}; empty in the first version."),
    _column(
        "unknown_elements",
        Json,
        comment="List of [path, number]: elements that this litsweep does not know.",
    ),
    _column("document_id", Integer, comment="Title and abstract to be read."),
    _search_run("The run that fetched it, or null."),
    _load_file("The file that it was loaded from, or null."),
    _column("fetched_at", Time, comment="When it was fetched or loaded."),
    _column("tool_version", Text, comment="Version of litsweep that read the bytes."),
    _came_once(),
    _own_document(),
    Index("ix_record_versions_document_id", "document_id"),
    Index("ix_record_versions_search_run_id", "search_run_id"),
    Index("ix_record_versions_load_file_id", "load_file_id"),
    comment="Every state in which a record was seen, byte for byte.",
)

record_authors = Table(
    "record_authors",
    metadata,
    _of_record(),
    _position("Place in the list, 0 the first."),
    _column("name", Text, comment="As citations give it: Osler W."),
    _column("last_name", Text, nullable=True, comment="Family name."),
    _column("fore_name", Text, nullable=True, comment="Given names."),
    _column("initials", Text, nullable=True, comment="Initials."),
    _column("suffix", Text, nullable=True, comment="Jr, 3rd, …"),
    _column("collective_name", Text, nullable=True, comment="Name of a group instead."),
    _column("orcid", Text, nullable=True, comment="ORCID, such as 0000-0002-1825-0097."),
    _column("affiliations", Json, comment="List of affiliations, as printed."),
    _column("affiliation_ids", Json, comment="List of [source, identifier], such as ROR's."),
    _column("is_equal_contributor", Boolean, comment="Whether marked as contributing equally."),
    comment="Authors of the records.",
)

record_mesh_headings = Table(
    "record_mesh_headings",
    metadata,
    _of_record(),
    _position("Place in the list, 0 the first."),
    _column("name", Text, comment="The descriptor."),
    _column("ui", Text, nullable=True, comment="Its identifier, such as D001249."),
    _column("is_major", Boolean, comment="Whether the descriptor itself is starred."),
    _column("qualifiers", Json, comment="List of {name, ui, is_major}."),
    _column("kind", Text, nullable=True, comment="Geographic, or null."),
    _column("is_automatic", Boolean, comment="Whether NLM's program assigned it (AutoHM)."),
    Index("ix_record_mesh_headings_ui", "ui"),
    comment="MeSH headings of the records.",
)

record_publication_types = Table(
    "record_publication_types",
    metadata,
    _of_record(),
    _position("Place in the list, 0 the first."),
    _column("name", Text, comment="The type's name; NLM renames types."),
    _column("ui", Text, nullable=True, comment="Its identifier, such as D016428."),
    Index("ix_record_publication_types_ui", "ui"),
    comment="Publication types of the records.",
)

record_keywords = Table(
    "record_keywords",
    metadata,
    _of_record(),
    _position("Place in the list, 0 the first."),
    _column("text", Text, comment="The keyword."),
    _column("owner", Text, comment="Who assigned it; NOTNLM is the author."),
    _column("is_major", Boolean, comment="Whether it is starred."),
    comment="Keywords of the records.",
)

record_corrections = Table(
    "record_corrections",
    metadata,
    _of_record(),
    _position("Place in the list, 0 the first."),
    _column("ref_type", Text, comment="RetractionIn, ErratumFor, UpdateOf, …"),
    _column("ref_source", Text, nullable=True, comment="Citation of the other publication."),
    _column("pmid", BigInteger, nullable=True, comment="PMID of the other publication."),
    _column("doi", Text, nullable=True, comment="DOI of it, where the citation gives one."),
    _column("note", Text, nullable=True, comment="Remark."),
    Index("ix_record_corrections_pmid", "pmid"),
    Index("ix_record_corrections_doi", "doi"),
    comment="Links to retractions, errata, comments, preprints and their articles.",
)

record_failures = Table(
    "record_failures",
    metadata,
    _key("record_failure_id", "Number of the failure."),
    _column("pmid", BigInteger, nullable=True, comment="PMID, where that much is legible."),
    _column("reason", MachineText, comment="Why it could not be read."),
    _column("raw", Zipped, comment="What was delivered, compressed with zlib."),
    _sha256("raw_sha256", "Hash of the bytes as delivered.", unique=True),
    _search_run("The run that first met it, or null."),
    _load_file("The file in which it was first met, or null."),
    _came_once(),
    _column("failed_at", Time, comment="When it was first met."),
    _column("tool_version", Text, comment="Version of litsweep that could not read it."),
    Index("ix_record_failures_search_run_id", "search_run_id"),
    Index("ix_record_failures_load_file_id", "load_file_id"),
    comment="Records that were delivered and could not be read, kept whole.",
)

topic_records = Table(
    "topic_records",
    metadata,
    _column(
        "topic_id",
        Integer,
        ForeignKey("topics.topic_id"),
        primary_key=True,
        autoincrement=False,
        comment="The topic.",
    ),
    _of_record(),
    _column("route", state(SearchRoute, "route"), comment="By which way it was first found."),
    _column("search_run_id", Integer, nullable=True, comment="The run that found it, or null."),
    _column("load_file_id", Integer, nullable=True, comment="The file that brought it, or null."),
    _column("found_at", Time, comment="When it was found for this topic."),
    _column(
        "is_late",
        Boolean,
        comment="Whether its day of creation had been searched before, to the end, without it.",
    ),
    _column(
        "lag_days",
        Integer,
        nullable=True,
        comment="Days from its creation in PubMed to its finding; null: creation unknown.",
    ),
    _column(
        "is_screened",
        Boolean,
        server_default=text("false"),
        comment="Whether enough people's standing decisions on title and abstract include or "
        "exclude it, or a conflict about it was settled: follows from screening_decisions and "
        "from n_reviewers of the topic's last protocol.",
    ),
    _came_once(),
    CheckConstraint("(route = 'loaded') = (load_file_id IS NOT NULL)", name="loaded"),
    # The topic's own runs and loads.
    ForeignKeyConstraint(
        ["search_run_id", "topic_id"], ["search_runs.search_run_id", "search_runs.topic_id"]
    ),
    ForeignKeyConstraint(
        ["load_file_id", "topic_id"], ["load_files.load_file_id", "load_files.topic_id"]
    ),
    Index("ix_topic_records_record_id", "record_id"),
    Index("ix_topic_records_search_run_id", "search_run_id"),
    Index(
        "ix_topic_records_load_file_id",
        "load_file_id",
        sqlite_where=text("load_file_id IS NOT NULL"),
        postgresql_where=text("load_file_id IS NOT NULL"),
    ),
    # The queue of a topic is read from its newest end.
    Index(
        "ix_topic_records_waiting",
        "topic_id",
        "found_at",
        "record_id",
        sqlite_where=text("NOT is_screened"),
        postgresql_where=text("NOT is_screened"),
    ),
    # Lists of a topic begin with what was found last, decided upon or not. With the record's number
    # it would serve the queue's order too, and SQLite might prefer it to the queue's own.
    Index("ix_topic_records_found", "topic_id", "found_at"),
    comment="Which records belong to which topic, each with the way it was first found.",
)

deleted_pmids = Table(
    "deleted_pmids",
    metadata,
    _pmid("The identifier.", primary_key=True, autoincrement=False),
    _column("reason", Text, comment="Who says so: a deletion notice, or PubMed by silence."),
    _search_run("The run that noticed it, or null."),
    _load_file("The update file with the notice, or null."),
    _column("noticed_at", Time, comment="When it was noticed."),
    _came_once(),
    Index("ix_deleted_pmids_search_run_id", "search_run_id"),
    Index("ix_deleted_pmids_load_file_id", "load_file_id"),
    comment="Records that PubMed has deleted (DeleteCitation); what was stored of them stays.",
)

publication_status_changes = Table(
    "publication_status_changes",
    metadata,
    _key("publication_status_change_id", "Number of the change."),
    _parent("record_id", "records.record_id", "The record."),
    _column("old_status", state(PublicationStatus, "old_status"), comment="What it was."),
    _column("new_status", state(PublicationStatus, "new_status"), comment="What it became."),
    _column("reasons", Json, comment="List of sentences: who says so."),
    _column("is_first", Boolean, comment="Whether it was so when the record was first stored."),
    _search_run("The run that noticed it, or null."),
    _load_file("The file that brought it, or null."),
    _column("changed_at", Time, comment="When it was noticed."),
    _came_once(),
    CheckConstraint("old_status <> new_status", name="change"),
    Index("ix_publication_status_changes_record_id", "record_id"),
    Index("ix_publication_status_changes_search_run_id", "search_run_id"),
    Index("ix_publication_status_changes_load_file_id", "load_file_id"),
    comment="Every change of a publication status, with its reasons.",
)

alerts = Table(
    "alerts",
    metadata,
    _key("alert_id", "Number of the alert."),
    _column(
        "publication_status_change_id",
        Integer,
        ForeignKey("publication_status_changes.publication_status_change_id"),
        unique=True,
        comment="What it warns of.",
    ),
    _column("raised_at", Time, comment="When it was raised."),
    _column("acknowledged_at", Time, nullable=True, comment="When a person took note; or null."),
    _column("acknowledged_by", Text, nullable=True, comment="Who took note."),
    _column("note", Text, nullable=True, comment="What that person remarked."),
    CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
    comment="Stored records that turned out retracted and the like, until a person takes note.",
)

duplicate_findings = Table(
    "duplicate_findings",
    metadata,
    _key("duplicate_finding_id", "Number of the finding."),
    _parent("record_id", "records.record_id", "The duplicate."),
    _parent("duplicate_of_id", "records.record_id", "The record that is kept."),
    _column("rule", state(Rule, "rule"), comment="What gave it away."),
    _column("score", Float, nullable=True, comment="How alike the titles are, 0 to 1."),
    _column("reason", Text, comment="The reason in words."),
    _column("found_by", Text, comment="The version of litsweep, or the person."),
    _column("found_at", Time, comment="When it was found."),
    _column("undone_at", Time, nullable=True, comment="When a person took it back; or null."),
    _column("undone_by", Text, nullable=True, comment="Who took it back."),
    _column("undone_reason", Text, nullable=True, comment="Why it was taken back."),
    CheckConstraint(
        "(undone_at IS NULL) = (undone_by IS NULL) AND "
        "(undone_at IS NULL) = (undone_reason IS NULL)",
        name="undone",
    ),
    CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    CheckConstraint("record_id <> duplicate_of_id", name="two_records"),
    # A record is the duplicate of one other at a time, whoever says so.
    Index(
        "uq_duplicate_findings_record_id",
        "record_id",
        unique=True,
        sqlite_where=text("undone_at IS NULL"),
        postgresql_where=text("undone_at IS NULL"),
    ),
    Index("ix_duplicate_findings_record_id", "record_id"),
    Index("ix_duplicate_findings_duplicate_of_id", "duplicate_of_id"),
    comment="Every time a record was found to be a duplicate; nothing is deleted for it.",
)

load_files = Table(
    "load_files",
    metadata,
    _key("load_file_id", "Number of the load."),
    _parent("topic_id", "topics.topic_id", "The topic that it was loaded for.", nullable=True),
    _column("name", Text, comment="Name of the file, without its folder."),
    _column("file_format", state(FileFormat, "file_format"), comment="PubMed XML, NBIB or RIS."),
    _column(
        "file_number",
        Integer,
        nullable=True,
        comment="Number of a baseline or update file: 1335 of pubmed26n1335.xml.gz.",
    ),
    _sha256("sha256", "Hash of the file's bytes."),
    _column("status", state(LoadStatus, "status"), comment="Where the load stands."),
    _column("owner", Text, comment="The process that loads it, to tell whether it still lives."),
    _count("n_done", "Entries done so far; a repeated load goes on from there."),
    _count("n_new", "Entries stored for the first time."),
    _count("n_changed", "Entries that differ from what was stored."),
    _count("n_unchanged", "Entries that were stored already, or are older."),
    _count("n_failed", "Entries that could not be read; they are kept."),
    _count("n_deleted", "PMIDs of its deletion notices."),
    _column("error", MachineText, nullable=True, comment="What stopped the load, in words."),
    _column("tool_version", Text, comment="Version of litsweep."),
    _column("started_at", Time, comment="When the load was begun."),
    _column("finished_at", Time, nullable=True, comment="When it ended; null: it has not."),
    Index("ix_load_files_sha256", "sha256"),
    Index("ix_load_files_topic_id", "topic_id"),
    # Aimed at by topic_records: what a file brought belongs to the topic it was loaded for.
    UniqueConstraint("load_file_id", "topic_id"),
    CheckConstraint("(status = 'loading') = (finished_at IS NULL)", name="finished"),
    comment="Files that were loaded: baseline, updates, exports of other tools.",
)

request_slots = Table(
    "request_slots",
    metadata,
    _column("name", String(64), primary_key=True, comment="Hash of the API key, or of the host."),
    _column("next_start", Float, comment="Seconds since 1970 at which the next request may start."),
    comment="The rate limit that all processes of one API key share (PostgreSQL).",
)

# --- retrieval --------------------------------------------------------------------------

reports = Table(
    "reports",
    metadata,
    _key("report_id", "Number of the report."),
    _parent("record_id", "records.record_id", "The record that it belongs to."),
    _column("pmcid", Text, comment="The PMCID under which it was asked for."),
    _column("pmc_version", Integer, nullable=True, comment="PMC's version number."),
    _column("source", state(FullTextSource, "source"), comment="Where it was had."),
    _column("url", Text, comment="The address that it was fetched from."),
    _column("raw_xml", Zipped, comment="The JATS XML as fetched, compressed with zlib."),
    _sha256("raw_sha256", "Hash of the bytes before compression."),
    _column("document_id", Integer, comment="Its text, to be read."),
    _column("licence_code", Text, nullable=True, comment="Licence the source states: CC BY, …"),
    _column("licence_url", Text, nullable=True, comment="Address of that licence."),
    _column("licence_text", Text, nullable=True, comment="Its wording."),
    _column(
        "may_export",
        Boolean,
        comment="Whether the stricter of the licences, the source's and the report's own, lets "
        "its text leave in an export; false where both are unknown.",
    ),
    _column("retrieved_at", Time, comment="When it was fetched."),
    UniqueConstraint("record_id", "raw_sha256"),
    # Aimed at by retrievals.
    UniqueConstraint("report_id", "record_id"),
    _own_document(),
    Index("ix_reports_document_id", "document_id"),
    comment="Full texts as fetched.",
)

retrievals = Table(
    "retrievals",
    metadata,
    _key("retrieval_id", "Number of the attempt."),
    _parent("record_id", "records.record_id", "The record whose report was sought."),
    _column("pmcid", Text, comment="The PMCID that was asked for."),
    _column("report_id", Integer, nullable=True, comment="What was obtained, or null."),
    _column("reason", MachineText, nullable=True, comment="Why it was not obtained."),
    _column("is_final", Boolean, comment="Whether another attempt is pointless."),
    _column("attempted_at", Time, comment="When it was sought."),
    UniqueConstraint("record_id", "attempted_at"),
    CheckConstraint("(report_id IS NULL) = (reason IS NOT NULL)", name="outcome"),
    ForeignKeyConstraint(["report_id", "record_id"], ["reports.report_id", "reports.record_id"]),
    Index("ix_retrievals_report_id", "report_id"),
    comment="Every attempt to obtain a full text (PRISMA: reports sought for retrieval).",
)

documents = Table(
    "documents",
    metadata,
    _key("document_id", "Number of the document."),
    _column("kind", state(DocumentKind, "kind"), comment="Abstract or full text."),
    _parent("record_id", "records.record_id", "The record that it belongs to."),
    _column("title", Text, comment="Its title."),
    _column("text", Text, comment="The whole text; all offsets count in it."),
    _sha256("text_sha256", "Hash of the text."),
    _sha256("content_sha256", "Hash of all that a reading depends on: text, sections, language."),
    _column("language", Text, nullable=True, comment="Language, as the source gives it."),
    _column("article_type", Text, nullable=True, comment="JATS's article type."),
    _column("pmid", BigInteger, nullable=True, comment="PMID that the document itself states."),
    _column("pmcid", Text, nullable=True, comment="PMCID that the document itself states."),
    _column("doi", Text, nullable=True, comment="DOI that the document itself states."),
    _column("licence_code", Text, nullable=True, comment="Licence it states: CC BY, …"),
    _column("licence_url", Text, nullable=True, comment="Address of that licence."),
    _column("licence_text", Text, nullable=True, comment="Its wording."),
    _column("has_body", Boolean, comment="False for a full text of front matter only."),
    _column("parsed_at", Time, comment="When it was read from the XML."),
    UniqueConstraint("record_id", "kind", "content_sha256"),
    # Aimed at by record_versions and reports.
    UniqueConstraint("document_id", "record_id"),
    comment="Texts to be read. Versions, or reports, of a record that read alike share one.",
)

sections = Table(
    "sections",
    metadata,
    _of_document(),
    _position("Place in the document, 0 the first."),
    _column("kind", state(SectionKind, "kind", 24), comment="What the section is about."),
    _column("title", Text, comment="Its heading; empty where it has none."),
    _count("depth", "0 for a top section, 1 for one inside it, …"),
    _column("start_offset", Integer, comment="Where its own paragraphs begin."),
    _column("end_offset", Integer, comment="Where they end."),
    CheckConstraint("0 <= start_offset AND start_offset <= end_offset", name="span"),
    comment="Sections of the documents.",
)

document_references = Table(
    "document_references",
    metadata,
    _of_document(),
    _position("Place in the reference list, 0 the first."),
    _column("label", Text, comment="Number or name printed before it; empty where none is."),
    _column("text", Text, comment="The entry as printed."),
    _column("pmid", BigInteger, nullable=True, comment="PMID of the cited work."),
    _column("pmcid", Text, nullable=True, comment="PMCID of the cited work."),
    _column("doi", Text, nullable=True, comment="DOI of the cited work."),
    _column("year", Text, nullable=True, comment="Year as printed, such as 2019a."),
    _column("publication_type", Text, nullable=True, comment="JATS's: journal, book, data, …"),
    Index("ix_document_references_pmid", "pmid"),
    Index("ix_document_references_doi", "doi"),
    comment="Reference lists of the full texts.",
)

sub_articles = Table(
    "sub_articles",
    metadata,
    _of_document(),
    _position("Place after the report, 0 the first."),
    _column("article_type", Text, nullable=True, comment="JATS's: reply, reviewer-report, …"),
    _column("title", Text, comment="Its title; empty where it has none."),
    _column("text", Text, comment="Its text."),
    _column("language", Text, nullable=True, comment="Its language, as the source gives it."),
    comment="Texts printed with a report that are no part of it: replies, reviews, translations.",
)

# --- reading ----------------------------------------------------------------------------

reading_runs = Table(
    "reading_runs",
    metadata,
    _key("reading_run_id", "Number of the run."),
    _column("owner", Text, comment="The process that read."),
    _column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    _column("kind", state(DocumentKind, "kind"), comment="What it read: abstracts or full texts."),
    _column("model_name", Text, nullable=True, comment="The model; null: none wrote."),
    _column("model_id", Text, nullable=True, comment="The model as published."),
    _column("model_revision", Text, nullable=True, comment="Its exact revision."),
    _column("engine", Text, comment="What ran the model, with versions; empty: no model."),
    _column("device", Text, comment="Where the model ran: cpu, cuda:0, …; empty: no model here."),
    _count("n_documents", "Documents read, the failed ones included."),
    _count("n_failed", "Documents that could not be read."),
    _count("n_prompt_tokens", "Tokens of all prompts.", BigInteger),
    _count("n_output_tokens", "Tokens written.", BigInteger),
    _count("generating_s", "Seconds in which the model wrote.", Float),
    _count(
        "peak_memory_bytes",
        "Most memory used: the GPU's where the model is on one, else the process's.",
        BigInteger,
    ),
    _column("tool_version", Text, comment="Version of litsweep."),
    _column("started_at", Time, comment="When its first batch began."),
    _column(
        "finished_at", Time, nullable=True, comment="When it ended; null: not yet, or it died."
    ),
    CheckConstraint("n_failed <= n_documents", name="failed"),
    comment="What one worker read with one model in one run, with its speed and memory.",
)

reading_leases = Table(
    "reading_leases",
    metadata,
    _of_document(),
    _column(
        "task", state(ReadingTask, "task"), primary_key=True, comment="What it is being read for."
    ),
    _column("owner", Text, comment="The process that reads it."),
    _column("leased_at", Time, comment="When that process took it."),
    _column("renewed_at", Time, comment="Its last sign of life."),
    _column("expires_at", Time, comment="When another may take it without a further sign of life."),
    _count("n_lost", "How many processes died, or fell silent, reading it."),
    Index("ix_reading_leases_owner", "owner"),
    comment="Documents that a worker is reading now; a row goes when the reading is stored.",
)

readings = Table(
    "readings",
    metadata,
    _key("reading_id", "Number of the reading."),
    _parent("document_id", "documents.document_id", "The document that was read."),
    _column("task", state(ReadingTask, "task"), comment="What it was read for."),
    _column("fingerprint", Text, comment="Names models, prompts and settings; equal: repeatable."),
    _column(
        "way",
        Json,
        comment="What the fingerprint is a hash of: models, prompts, decoding, …; empty: not kept.",
    ),
    _parent(
        "reading_run_id",
        "reading_runs.reading_run_id",
        "The run that read it, or null.",
        nullable=True,
    ),
    _parent(
        "superseded_by_id",
        "readings.reading_id",
        "The newer reading, made another way, that is shown instead; null: none.",
        nullable=True,
    ),
    _column("failure", MachineText, nullable=True, comment="Why nothing came of it."),
    _column("read_at", Time, comment="When it was read."),
    _column(
        "stale_since",
        Time,
        nullable=True,
        comment="Since when the record says something else than what was read; null: it does not.",
    ),
    _column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    _column("tool_version", Text, comment="Version of litsweep."),
    Index("ix_readings_document_id", "document_id"),
    Index("ix_readings_reading_run_id", "reading_run_id"),
    Index("ix_readings_superseded_by_id", "superseded_by_id"),
    Index(
        "ix_readings_failed",
        "document_id",
        sqlite_where=text("failure IS NOT NULL"),
        postgresql_where=text("failure IS NOT NULL"),
    ),
    CheckConstraint("superseded_by_id <> reading_id", name="superseded"),
    Index(
        "uq_readings_successful",
        "document_id",
        "fingerprint",
        unique=True,
        sqlite_where=text("failure IS NULL"),
        postgresql_where=text("failure IS NULL"),
    ),
    comment="One reading of one document; a newer one stands beside the older.",
)

reread_requests = Table(
    "reread_requests",
    metadata,
    _key("reread_request_id", "Number of the request."),
    _parent("document_id", "documents.document_id", "The document to be read again."),
    _column("task", state(ReadingTask, "task"), comment="What it is to be read for."),
    _column("reason", Text, comment="Why: what changed, or what the person said."),
    _column("requested_at", Time, comment="When it was asked for."),
    _column("requested_by", Text, comment="Who asked: a person, or litsweep."),
    _column(
        "model",
        Text,
        nullable=True,
        comment="The model that the person asks for, by name, or none; null: as it is set.",
    ),
    _parent(
        "fulfilled_by_id",
        "readings.reading_id",
        "The reading that answers it; null: it is still to be read.",
        nullable=True,
    ),
    Index(
        "uq_reread_requests_open",
        "document_id",
        "task",
        unique=True,
        sqlite_where=text("fulfilled_by_id IS NULL"),
        postgresql_where=text("fulfilled_by_id IS NULL"),
    ),
    Index("ix_reread_requests_fulfilled_by_id", "fulfilled_by_id"),
    comment="Documents that were read and are to be read again, with the reason.",
)

routes = Table(
    "routes",
    metadata,
    _column(
        "reading_id",
        Integer,
        ForeignKey("readings.reading_id"),
        primary_key=True,
        autoincrement=False,
        comment="The reading that took it.",
    ),
    _column("model_name", Text, nullable=True, comment="The chosen model; null: none writes."),
    _column("reason", Text, comment="Why, in words."),
    _column("is_readable", Boolean, comment="False: the document was not read at all."),
    _count(
        "n_tokens",
        "The document's length under the model's own tokenizer; null: not counted.",
        nullable=True,
    ),
    _count(
        "n_windows",
        "Into how many windows it was cut; null: not counted.",
        nullable=True,
    ),
    comment="Which model reads a document, and why.",
)

generations = Table(
    "generations",
    metadata,
    _key("generation_id", "Number of the generation."),
    _parent("reading_id", "readings.reading_id", "The reading that it belongs to."),
    _column("position", Integer, comment="Order within the reading, 0 the first."),
    _column("task", state(ReadingTask, "task"), comment="What it was for."),
    _column("model_id", Text, comment="The model as published."),
    _column("model_revision", Text, comment="Its exact revision."),
    _sha256("weights_sha256", "Hash of the weights' bytes."),
    _column(
        "engine",
        Text,
        server_default="",
        comment="What ran the model, with versions, device, precision; empty: not kept.",
    ),
    _column("is_demonstration", Boolean, comment="A model for show, often wrong."),
    _column("prompt_name", Text, comment="Name of the prompt."),
    _column("prompt_version", Integer, comment="Its version."),
    _sha256("prompt_sha256", "Hash of the prompt's template."),
    _column("sampling", Json, comment="How words were chosen, the seed included."),
    _sha256("sampling_sha256", "Hash of these parameters."),
    _column("source_start", Integer, comment="Where the text put into the prompt begins."),
    _column("source_end", Integer, comment="Where it ends."),
    _sha256("input_sha256", "Hash of the whole prompt."),
    _column("output_text", MachineText, comment="What the model wrote, raw."),
    _count("n_input_tokens", "Tokens of the prompt."),
    _count("n_output_tokens", "Tokens written."),
    _column("stop_reason", state(StopReason, "stop_reason"), comment="Why it ended."),
    _count("duration_s", "Seconds: its share of its batch's time.", Float),
    UniqueConstraint("reading_id", "position"),
    # Aimed at by summaries: the call that wrote a text is of the same reading.
    UniqueConstraint("generation_id", "reading_id"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="source"),
    comment="One model call each, kept so that it can be repeated.",
)

summaries = Table(
    "summaries",
    metadata,
    _key("summary_id", "Number of the summary."),
    _parent("reading_id", "readings.reading_id", "The reading that it belongs to."),
    _column("position", Integer, comment="Order within the reading, 0 the first."),
    _column("method", state(SummaryMethod, "method"), comment="Quoted or written by a model."),
    _column("ranked_by", Text, nullable=True, comment="What chose the sentences that it quotes."),
    _column(
        "generation_id",
        Integer,
        nullable=True,
        comment="The model call that wrote it; null for a quoted one.",
    ),
    _column("text", MachineText, comment="The summary as one text."),
    _column("is_flagged", Boolean, comment="Whether a check asks for a person's look."),
    _column("is_shown", Boolean, comment="Whether it is the one of its reading to be shown."),
    UniqueConstraint("reading_id", "position"),
    Index(
        "uq_summaries_shown",
        "reading_id",
        unique=True,
        sqlite_where=text("is_shown"),
        postgresql_where=text("is_shown"),
    ),
    CheckConstraint("(method = 'generated') = (generation_id IS NOT NULL)", name="generation"),
    # What a model wrote and a check doubts is never what people are shown first.
    CheckConstraint("NOT (is_shown AND is_flagged AND method = 'generated')", name="shown"),
    ForeignKeyConstraint(
        ["generation_id", "reading_id"], ["generations.generation_id", "generations.reading_id"]
    ),
    Index("ix_summaries_generation_id", "generation_id"),
    # What a person is to look at, and there is little of it.
    Index(
        "ix_summaries_flagged",
        "reading_id",
        sqlite_where=text("is_flagged"),
        postgresql_where=text("is_flagged"),
    ),
    comment="Summaries of abstracts: machine text, unverified.",
)

summary_sentences = Table(
    "summary_sentences",
    metadata,
    _column(
        "summary_id",
        Integer,
        ForeignKey("summaries.summary_id"),
        primary_key=True,
        autoincrement=False,
        comment="The summary.",
    ),
    _position("Place in the summary, 0 the first."),
    _column("text", MachineText, comment="The sentence."),
    _column("source_start", Integer, nullable=True, comment="Where its source sentence begins."),
    _column("source_end", Integer, nullable=True, comment="Where that ends; null: no source."),
    _column("support", Float, comment="How well the source supports it, 0 to 1."),
    CheckConstraint("(source_start IS NULL) = (source_end IS NULL)", name="source"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="span"),
    CheckConstraint("support BETWEEN 0 AND 1", name="support"),
    comment="Sentences of the summaries, each with the source sentence nearest to it.",
)

analyses = Table(
    "analyses",
    metadata,
    _key("analysis_id", "Number of the analysis."),
    _column(
        "reading_id",
        Integer,
        ForeignKey("readings.reading_id"),
        unique=True,
        comment="The reading that it belongs to.",
    ),
    _count("n_sentences", "Sentences of the body."),
    _count("n_sentences_read", "How many of them were looked at."),
    _column("ranked_by", Text, comment="What looked for the passages."),
    _count("n_windows", "Into how many windows the body was cut."),
    _column(
        "left_out", Json, comment="List of {start, end, reason}: parts that were in no window."
    ),
    CheckConstraint("n_sentences_read <= n_sentences", name="read"),
    comment="In-depth readings of full texts.",
)

findings = Table(
    "findings",
    metadata,
    _key("finding_id", "Number of the finding."),
    _parent("analysis_id", "analyses.analysis_id", "The analysis that it belongs to."),
    _column("position", Integer, comment="Order within the analysis, 0 the first."),
    _column("data_item", Text, comment="What was looked for."),
    _column("state", state(FindingState, "state"), comment="Found, not reported, not found."),
    _column("quote", Text, nullable=True, comment="The passage, word for word."),
    _column("source_start", Integer, nullable=True, comment="Where the passage begins."),
    _column("source_end", Integer, nullable=True, comment="Where it ends."),
    _column(
        "section",
        state(SectionKind, "section", 24),
        nullable=True,
        comment="Kind of the section in which the passage stands.",
    ),
    _column("section_title", Text, comment="That section's heading; empty where it has none."),
    _column("support", Float, comment="How near the passage is to the question, 0 to 1."),
    _column(
        "value",
        MachineText,
        nullable=True,
        comment="The answer taken from the quote; null: only the quote answers.",
    ),
    _column(
        "value_method",
        state(ValueMethod, "value_method"),
        nullable=True,
        comment="How the value came to be: by a rule, by ranking labels, written by a model.",
    ),
    _column(
        "structured",
        Json,
        comment="The value as data: measure, estimate, interval, … as printed; else empty.",
    ),
    _parent(
        "generation_id",
        "generations.generation_id",
        "The model call that wrote the value.",
        nullable=True,
    ),
    _column("is_flagged", Boolean, comment="Whether a check asks for a person's look."),
    UniqueConstraint("analysis_id", "position"),
    CheckConstraint("(state = 'found') = (quote IS NOT NULL)", name="quote"),
    CheckConstraint("value IS NULL OR quote IS NOT NULL", name="value_quoted"),
    CheckConstraint("value_method IS NULL OR value IS NOT NULL", name="value_made"),
    CheckConstraint("(quote IS NULL) = (source_start IS NULL)", name="quote_start"),
    CheckConstraint("(quote IS NULL) = (source_end IS NULL)", name="quote_end"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="span"),
    CheckConstraint("support BETWEEN 0 AND 1", name="support"),
    Index("ix_findings_generation_id", "generation_id"),
    # The views look an analysis' answers up item by item.
    Index("ix_findings_data_item", "analysis_id", "data_item", "position"),
    Index(
        "ix_findings_flagged",
        "analysis_id",
        sqlite_where=text("is_flagged"),
        postgresql_where=text("is_flagged"),
    ),
    comment="Data items of full texts, each with its quotation.",
)

document_embeddings = Table(
    "document_embeddings",
    metadata,
    _of_document(),
    _column(
        "encoder",
        Text,
        primary_key=True,
        comment="The sentence encoder: model, revision and hash of its weights.",
    ),
    _column("n_dimensions", Integer, comment="Length of the vector."),
    _column("vector", LargeBinary, comment="Unit vector, float32, little-endian."),
    _column("embedded_at", Time, comment="When it was computed."),
    CheckConstraint("n_dimensions > 0 AND length(vector) = 4 * n_dimensions", name="vector"),
    comment="Meaning of the texts as vectors, to find what is alike; each can be computed anew.",
)

# --- checking ---------------------------------------------------------------------------

checks = Table(
    "checks",
    metadata,
    _key("check_id", "Number of the check."),
    _parent("summary_id", "summaries.summary_id", "The summary tested, or null.", nullable=True),
    _parent("finding_id", "findings.finding_id", "The finding tested, or null.", nullable=True),
    _column("position", Integer, comment="Order within what was tested, 0 the first."),
    _column("name", Text, comment="The test: numbers, support, length, …"),
    _column("verdict", state(Verdict, "verdict"), comment="Pass, or flag for a person's look."),
    _column("detail", MachineText, comment="What was found, in words."),
    _column("sentence_position", Integer, nullable=True, comment="The sentence; null: the whole."),
    UniqueConstraint("summary_id", "position"),
    UniqueConstraint("finding_id", "position"),
    CheckConstraint("(summary_id IS NULL) <> (finding_id IS NULL)", name="tested"),
    comment="Faithfulness tests of machine text against its source.",
)

# --- screening, eligibility --------------------------------------------------------------

decision_imports = Table(
    "decision_imports",
    metadata,
    _key("decision_import_id", "Number of the import."),
    _parent("topic_id", "topics.topic_id", "The topic that the decisions are for."),
    _column("stage", state(Stage, "stage"), comment="The stage that they are of."),
    _column("name", Text, comment="Name of the file, without its folder."),
    _sha256("sha256", "Hash of the file's bytes."),
    _column("tool", Text, comment="The tool that wrote the file: asreview, rayyan, …"),
    _count("n_entries", "Decisions of the file, and entries without one."),
    _count("n_added", "Decisions that were new here."),
    _count("n_unchanged", "Decisions that stood here already."),
    _count("n_undecided", "Entries without a decision."),
    _column(
        "unmatched",
        Json,
        comment="List of {entry, title, reviewer, reason}: what was not taken over.",
    ),
    _column("imported_by", Text, comment="Who imported the file."),
    _column("imported_at", Time, comment="When it was imported."),
    _column("tool_version", Text, comment="Version of litsweep."),
    # Aimed at by screening_decisions: a file's decisions are for the topic and stage it was for.
    UniqueConstraint("decision_import_id", "topic_id", "stage", name="uq_decision_imports_scope"),
    Index("ix_decision_imports_topic_id", "topic_id"),
    comment="Files of decisions that were made with other tools: the receipts.",
)

_DECIDED: Final = ("topic_id", "record_id", "stage", "reviewer")

screening_decisions = Table(
    "screening_decisions",
    metadata,
    _key("screening_decision_id", "Number of the decision."),
    _column("topic_id", Integer, comment="The topic that it is for."),
    _column("record_id", Integer, comment="The record that it is about."),
    _column("stage", state(Stage, "stage"), comment="On title and abstract, or on the full text."),
    _column(
        "decision",
        state(Decision, "decision"),
        comment="Include, exclude, unsure, or withdrawn: nothing stands in place of the former.",
    ),
    _column("exclusion_reason", Text, nullable=True, comment="Why it is excluded."),
    _column("note", Text, nullable=True, comment="What the person remarked."),
    _column("labels", Json, comment="List of the person's own labels."),
    _column("reviewer", Text, comment="Who decided."),
    _column("decided_at", Time, comment="When it was decided; for an import: where unknown, then."),
    _column("origin", state(DecisionOrigin, "origin"), comment="Where it was made."),
    _column(
        "decision_import_id",
        Integer,
        nullable=True,
        comment="The file that brought it, or null.",
    ),
    _column(
        "has_seen_machine_text",
        Boolean,
        nullable=True,
        comment="Whether the machine's text was before the person's eyes; null: not known.",
    ),
    _parent(
        "reading_id", "readings.reading_id", "The reading that was shown, or null.", nullable=True
    ),
    _column(
        "supersedes_id",
        Integer,
        nullable=True,
        comment="The same person's decision in place of which it stands; null: the first.",
    ),
    _column("is_standing", Boolean, comment="Whether no newer one of the same person replaces it."),
    _column(
        "is_adjudication",
        Boolean,
        server_default=text("false"),
        comment="Whether it settles a conflict of others: then it alone counts.",
    ),
    _column(
        "record_version",
        Integer,
        nullable=True,
        comment="The version of the record that was shown; null: not known.",
    ),
    _column(
        "undoes_id",
        Integer,
        nullable=True,
        comment="The same person's decision that was taken back with this one; or null.",
    ),
    _column("tool_version", Text, comment="Version of litsweep."),
    ForeignKeyConstraint(
        ["topic_id", "record_id"], ["topic_records.topic_id", "topic_records.record_id"]
    ),
    ForeignKeyConstraint(
        ["decision_import_id", "topic_id", "stage"],
        [f"decision_imports.{name}" for name in ("decision_import_id", "topic_id", "stage")],
        name="fk_screening_decisions_decision_import_id",
    ),
    # Only a decision of the same person, about the same record at the same stage, is replaced.
    UniqueConstraint("screening_decision_id", *_DECIDED, name="uq_screening_decisions_decided"),
    ForeignKeyConstraint(
        ["supersedes_id", *_DECIDED],
        [f"screening_decisions.{name}" for name in ("screening_decision_id", *_DECIDED)],
        name="fk_screening_decisions_supersedes_id",
    ),
    CheckConstraint("decision <> 'withdrawn' OR supersedes_id IS NOT NULL", name="withdrawn"),
    CheckConstraint("exclusion_reason IS NULL OR decision = 'exclude'", name="reason"),
    CheckConstraint("(origin = 'imported') = (decision_import_id IS NOT NULL)", name="imported"),
    CheckConstraint("supersedes_id <> screening_decision_id", name="supersedes"),
    CheckConstraint("length(reviewer) > 0", name="reviewer"),
    # One standing decision a person, record and stage; and nothing is superseded twice.
    Index(
        "uq_screening_decisions_standing",
        *_DECIDED,
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_screening_decisions_supersedes_id", "supersedes_id", unique=True),
    Index("ix_screening_decisions_record_id", "record_id"),
    # Who decided what in a topic, without walking all its records.
    Index(
        "ix_screening_decisions_decided",
        "topic_id",
        "stage",
        "decision",
        "record_id",
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("ix_screening_decisions_reviewer", "reviewer", "screening_decision_id"),
    # One's own in a topic, the last first, and how many, without looking at the rows.
    Index(
        "ix_screening_decisions_own",
        "reviewer",
        "topic_id",
        "stage",
        "screening_decision_id",
        "decision",
        "is_adjudication",
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    # How many a week.
    Index("ix_screening_decisions_decided_at", "topic_id", "decided_at", "decision"),
    Index("ix_screening_decisions_decision_import_id", "decision_import_id"),
    Index("ix_screening_decisions_reading_id", "reading_id"),
    comment="What people decided about the records, append-only.",
)

# --- reporting ----------------------------------------------------------------------------

screening_protocols = Table(
    "screening_protocols",
    metadata,
    _key("screening_protocol_id", "Number of the version."),
    _parent("topic_id", "topics.topic_id", "The topic."),
    _version("version", "1 for the first, one more for each change."),
    _column("exclusion_reasons", Json, comment="List of the reasons to choose from."),
    _column("labels", Json, comment="List of the labels that are offered."),
    _column(
        "n_reviewers",
        Integer,
        CheckConstraint("n_reviewers BETWEEN 1 AND 9", name="n_reviewers"),
        comment="How many people include or exclude a record before it has been screened.",
    ),
    _column(
        "is_blinded",
        Boolean,
        comment="Whether nobody sees another's decision before so many have decided.",
    ),
    _column(
        "is_judge_first",
        Boolean,
        comment="Whether the machine's text is shown only after the decision.",
    ),
    _column("highlighted_terms", Json, comment="List of words that are marked in the texts."),
    _column("author", Text, comment="Who set it."),
    _column("reason", Text, comment="Why."),
    _column("created_at", Time, comment="When."),
    UniqueConstraint("topic_id", "version"),
    comment="How a topic is screened, every version of it.",
)

screening_claims = Table(
    "screening_claims",
    metadata,
    _column("topic_id", Integer, primary_key=True, autoincrement=False, comment="The topic."),
    _column("record_id", Integer, primary_key=True, autoincrement=False, comment="The record."),
    _column("stage", state(Stage, "stage"), primary_key=True, comment="The stage."),
    _column("reviewer", Text, primary_key=True, comment="Who has it before their eyes."),
    _column("claimed_at", Time, comment="Since when; an old claim counts no more."),
    ForeignKeyConstraint(
        ["topic_id", "record_id"], ["topic_records.topic_id", "topic_records.record_id"]
    ),
    Index("ix_screening_claims_reviewer", "reviewer", "topic_id", "stage"),
    comment="Which records are before whose eyes, so that two people do not do one's work.",
)

sentence_judgements = Table(
    "sentence_judgements",
    metadata,
    _key("sentence_judgement_id", "Number of the judgement."),
    _column("summary_id", Integer, comment="The summary."),
    _column("position", Integer, comment="Place of the sentence in it, 0 the first."),
    *_judged(),
    UniqueConstraint(
        *("sentence_judgement_id", "summary_id", "position", "reviewer"),
        name="uq_sentence_judgements_judged",
    ),
    ForeignKeyConstraint(
        ["summary_id", "position"],
        ["summary_sentences.summary_id", "summary_sentences.position"],
        name="fk_sentence_judgements_sentence",
    ),
    # Only a judgement of the same person, of the same sentence, is replaced.
    ForeignKeyConstraint(
        ["supersedes_id", "summary_id", "position", "reviewer"],
        [
            f"sentence_judgements.{name}"
            for name in ("sentence_judgement_id", "summary_id", "position", "reviewer")
        ],
        name="fk_sentence_judgements_supersedes_id",
    ),
    CheckConstraint("supersedes_id <> sentence_judgement_id", name="supersedes"),
    Index(
        "uq_sentence_judgements_standing",
        "summary_id",
        "position",
        "reviewer",
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_sentence_judgements_supersedes_id", "supersedes_id", unique=True),
    comment="What people say of the sentences of summaries, append-only.",
)

finding_judgements = Table(
    "finding_judgements",
    metadata,
    _key("finding_judgement_id", "Number of the judgement."),
    _parent("finding_id", "findings.finding_id", "The data item."),
    *_judged(),
    _column(
        "corrected_state",
        state(FindingState, "corrected_state"),
        nullable=True,
        comment="What it should be: found, not reported, not found; null: not corrected.",
    ),
    _column("corrected_value", Text, nullable=True, comment="The value that is right, or null."),
    _column("corrected_quote", Text, nullable=True, comment="The passage that says so, or null."),
    _column("corrected_start", Integer, nullable=True, comment="Where that passage begins."),
    _column("corrected_end", Integer, nullable=True, comment="Where it ends."),
    UniqueConstraint(
        "finding_judgement_id", "finding_id", "reviewer", name="uq_finding_judgements_judged"
    ),
    ForeignKeyConstraint(
        ["supersedes_id", "finding_id", "reviewer"],
        [
            f"finding_judgements.{name}"
            for name in ("finding_judgement_id", "finding_id", "reviewer")
        ],
        name="fk_finding_judgements_supersedes_id",
    ),
    CheckConstraint("supersedes_id <> finding_judgement_id", name="supersedes"),
    CheckConstraint("corrected_state IS NULL OR judgement = 'wrong'", name="corrected"),
    CheckConstraint(
        "corrected_state IS NOT NULL OR (corrected_value IS NULL AND corrected_quote IS NULL)",
        name="corrected_value",
    ),
    CheckConstraint("(corrected_start IS NULL) = (corrected_end IS NULL)", name="source"),
    CheckConstraint("0 <= corrected_start AND corrected_start <= corrected_end", name="span"),
    Index(
        "uq_finding_judgements_standing",
        "finding_id",
        "reviewer",
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_finding_judgements_supersedes_id", "supersedes_id", unique=True),
    comment="What people say of the data items of analyses: append-only.",
)

# --- the desk's people ------------------------------------------------------------------

reviewers = Table(
    "reviewers",
    metadata,
    _key("reviewer_id", "Number of the person."),
    _column("name", String(100), unique=True, comment="The name beside their decisions."),
    _column("role", state(Role, "role"), comment="Reader, reviewer or lead."),
    _column("password_hash", Text, nullable=True, comment="Argon2id's; null: no password yet."),
    _column("preferences", Json, comment="Their own: {keys: {action: key}, judge_first: bool}."),
    _column("created_at", Time, comment="When the account was made."),
    _column("created_by", Text, comment="Who made it."),
    _column("disabled_at", Time, nullable=True, comment="Since when nobody can sign in; or null."),
    CheckConstraint("length(name) > 0", name="name"),
    comment="People with an account at the review desk.",
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    _sha256("session_sha256", "Hash of what the browser's cookie holds.", primary_key=True),
    _parent("reviewer_id", "reviewers.reviewer_id", "Whose session it is."),
    _column("started_at", Time, comment="When the person signed in."),
    _column("last_seen_at", Time, comment="When it was last used, to the minute."),
    _column("ended_at", Time, nullable=True, comment="When it was ended; null: it is not."),
    Index("ix_desk_sessions_reviewer_id", "reviewer_id"),
    comment="Who is signed in at the review desk.",
)

desk_tickets = Table(
    "desk_tickets",
    metadata,
    _sha256("ticket_sha256", "Hash of what the address holds.", primary_key=True),
    _parent("reviewer_id", "reviewers.reviewer_id", "Who comes in with it."),
    _column("made_at", Time, comment="When it was made."),
    _column("expires_at", Time, comment="Until when it can be used."),
    _column("used_at", Time, nullable=True, comment="When it was used, once; or null."),
    Index("ix_desk_tickets_reviewer_id", "reviewer_id"),
    comment="Addresses that let a person in once: the desk's first, or for a new password.",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _key("api_token_id", "Number of the token."),
    _parent("reviewer_id", "reviewers.reviewer_id", "Whose token it is: it may what they may."),
    _column("name", Text, comment="What the person calls it."),
    _sha256("token_sha256", "Hash of the token.", unique=True),
    _column("created_at", Time, comment="When it was made."),
    _column("expires_at", Time, nullable=True, comment="Until when it holds; null: no end."),
    _column("last_used_at", Time, nullable=True, comment="When it was last used, to the minute."),
    _column("revoked_at", Time, nullable=True, comment="When it was taken back; or null."),
    Index("ix_api_tokens_reviewer_id", "reviewer_id"),
    comment="Tokens with which people's programs use the desk's JSON API.",
)

login_attempts = Table(
    "login_attempts",
    metadata,
    _key("login_attempt_id", "Number of the attempt."),
    _column("name", Text, comment="The name that was given."),
    _column("address", Text, comment="Where it came from."),
    _column("attempted_at", Time, comment="When it failed."),
    Index("ix_login_attempts_name", "name", "attempted_at"),
    Index("ix_login_attempts_address", "address", "attempted_at"),
    comment="Failed attempts to sign in, of the last day: they slow the next ones down.",
)


notifications = Table(
    "notifications",
    metadata,
    _key("notification_id", "Number of the message."),
    _column("kind", state(NotificationKind, "kind"), comment="What it is about."),
    _column("subject", MachineText, comment="Its subject, one line."),
    _column("body", MachineText, comment="Its words, as every channel gets them."),
    _column("raised_at", Time, comment="When it was written."),
    CheckConstraint("length(subject) > 0", name="subject"),
    comment="Messages to people outside the house, written before any is sent.",
)

notification_items = Table(
    "notification_items",
    metadata,
    _column(
        "item_key",
        String(200),
        primary_key=True,
        comment="What is told, once: alert:17, run:12, gap:run 12, hold:3, failure:….",
    ),
    _parent("notification_id", "notifications.notification_id", "The message that tells it."),
    CheckConstraint("length(item_key) > 0", name="item_key"),
    Index("ix_notification_items_notification_id", "notification_id"),
    comment="The things that messages tell: no two messages tell the same.",
)

notification_deliveries = Table(
    "notification_deliveries",
    metadata,
    _column(
        "notification_id",
        Integer,
        ForeignKey("notifications.notification_id"),
        primary_key=True,
        autoincrement=False,
        comment="The message.",
    ),
    _column(
        "channel",
        String(200),
        primary_key=True,
        comment="By which way: mail/HASH for an address, or TYPE/NAME of a Prefect block.",
    ),
    _count("attempts", "How often it was tried.", server_default=text("0")),
    _column("claimed_by", Text, nullable=True, comment="The process that is sending it, or null."),
    _column(
        "claimed_until",
        Time,
        nullable=True,
        comment="When that process counts as dead and another may send it.",
    ),
    _column("delivered_at", Time, nullable=True, comment="When it was sent; null: it waits."),
    _column("last_error", MachineText, nullable=True, comment="Why the last attempt failed."),
    CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claimed"),
    CheckConstraint("delivered_at IS NULL OR claimed_by IS NULL", name="delivered"),
    # Few wait, of all that were ever sent.
    Index(
        "ix_notification_deliveries_waiting",
        "channel",
        "notification_id",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
    comment="Each message on each channel: tried, claimed, sent.",
)
