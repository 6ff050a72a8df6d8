"""Topics, the versions of their queries, each search with its receipt, queries on hold."""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import column, count, key, metadata, parent, pmid, sha256, version
from db.types import Json, MachineText, Time, state
from litsweep.domain.strategies import DateField, HitOrigin, HitState, RunStatus, SearchRoute

TOPIC_NAME_LENGTH: Final = 100

topics = Table(
    "topics",
    metadata,
    key("topic_id", "Number of the topic."),
    column("name", String(TOPIC_NAME_LENGTH), unique=True, comment="What people call it."),
    column("created_at", Time, comment="When it was added."),
    column(
        "summary_model",
        Text,
        nullable=True,
        comment="Its own choice for abstracts: auto, none, a model's name; null: the settings'.",
    ),
    column(
        "analysis_model",
        Text,
        nullable=True,
        comment="Its own choice for full texts: auto, none, a model's name; null: the settings'.",
    ),
    column("retired_at", Time, nullable=True, comment="When it was retired; null while swept."),
    column("retired_by", Text, nullable=True, comment="Who retired it."),
    column("retirement_reason", Text, nullable=True, comment="Why it was retired."),
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
    key("search_strategy_id", "Number of the strategy."),
    parent("topic_id", "topics.topic_id", "The topic that it searches for."),
    version("version", "1 for the first query, one more for each changed one."),
    column("query", Text, comment="The query, verbatim."),
    sha256("query_sha256", "Hash of the query's exact text."),
    column("author", Text, comment="Who wrote this version."),
    column("reason", Text, comment="Why this version was written."),
    column("created_at", Time, comment="When this version was written."),
    UniqueConstraint("topic_id", "version"),
    # Aimed at by search_runs, so that a run's topic cannot differ from its strategy's.
    UniqueConstraint("search_strategy_id", "topic_id"),
    CheckConstraint("length(query) > 0", name="query"),
    comment="Versions of the topics' queries; the highest is searched.",
)

search_runs = Table(
    "search_runs",
    metadata,
    key("search_run_id", "Number of the run."),
    column("search_strategy_id", Integer, comment="The strategy that was executed."),
    parent("topic_id", "topics.topic_id", "Its topic."),
    column("route", state(SearchRoute, "route"), comment="By which way records are looked for."),
    column(
        "date_field",
        state(DateField, "date_field"),
        nullable=True,
        comment="Which PubMed date; null: a search without dates.",
    ),
    column("first_day", Date, nullable=True, comment="First day of the window, included."),
    column("last_day", Date, nullable=True, comment="Last day of the window, included."),
    column("status", state(RunStatus, "status"), comment="Where the run stands."),
    column("owner", Text, comment="The process that runs it, to tell whether it still lives."),
    column("query_sent", Text, nullable=True, comment="The term as sent to ESearch."),
    column("query_translation", Text, nullable=True, comment="What PubMed made of it."),
    column("translations", Json, comment="List of [what was written, what PubMed searched]."),
    count("n_reported", "How many records PubMed counted.", nullable=True),
    column(
        "slices",
        Json,
        comment="List of [first PMID, last PMID, count]: the parts in which it was searched.",
    ),
    column("warnings", Json, comment="List of sentences: what was ignored, what was odd."),
    column("error", MachineText, nullable=True, comment="What stopped the run, in words."),
    column("tool_version", Text, comment="Version of litsweep."),
    column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    column("started_at", Time, comment="When the run was opened."),
    column("finished_at", Time, nullable=True, comment="When it was closed."),
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
    column(
        "search_run_id",
        Integer,
        ForeignKey("search_runs.search_run_id"),
        primary_key=True,
        autoincrement=False,
        comment="The run that returned it.",
    ),
    pmid("The identifier.", primary_key=True, autoincrement=False),
    column(
        "origin",
        state(HitOrigin, "origin"),
        comment="Whether this search returned it, or it was asked for beside.",
    ),
    column("state", state(HitState, "state"), comment="What became of it."),
    column("reason", MachineText, nullable=True, comment="Why it failed or is absent."),
    Index("ix_search_hits_pmid", "pmid"),
    comment="Identifiers that each run returned; a run's counts are counts of these.",
)

query_holds = Table(
    "query_holds",
    metadata,
    key("query_hold_id", "Number of the hold."),
    parent("topic_id", "topics.topic_id", "Its topic."),
    column("search_strategy_id", Integer, comment="The version of the query that is held."),
    column(
        "compared_strategy_id",
        Integer,
        comment="The version that it is compared with: the last one that was searched to its end.",
    ),
    column("search_run_id", Integer, comment="The run that was closed without fetching."),
    count("n_now", "How many records PubMed counts for it in all."),
    count(
        "n_before",
        "How many it counts for the version before; null: PubMed refuses that by now.",
        nullable=True,
    ),
    count("n_now_in_window", "How many of them in the days of the run, or null.", nullable=True),
    count("n_before_in_window", "How many of those before in them, or null.", nullable=True),
    column("translation_now", Text, comment="What PubMed made of the query."),
    column("translation_before", Text, nullable=True, comment="What it makes of the former."),
    column("reason", Text, comment="Why it is held, as a sentence."),
    column("opened_at", Time, comment="When it was held."),
    column(
        "review_flow_run_id",
        Text,
        nullable=True,
        comment="Prefect's id of the run that asks a person, or null.",
    ),
    column("decided_at", Time, nullable=True, comment="When a person decided; null: it waits."),
    column("decided_by", Text, nullable=True, comment="Who decided."),
    column(
        "is_approved",
        Boolean,
        nullable=True,
        comment="Whether it may be searched; false: not before it is changed.",
    ),
    column("note", Text, nullable=True, comment="What that person remarked."),
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
