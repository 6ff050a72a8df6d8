"""Loading of files, one after the other, whatever happens to one of them."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import pages, run_names
from flows.parameters import LoadAgain, Paths, TopicIfAny
from flows.reporting import reported
from litsweep.domain.loads import LoadStatus
from litsweep.errors import FileRefused, LoadBusy
from tasks import checking
from tasks import load as load_tasks


@flow(flow_run_name=run_names.name_load)
@reported(pages.show_load)
def load(paths: Paths, topic: TopicIfAny = None, again: LoadAgain = False) -> State[list[int]]:
    """Store what is in files: NLM's baseline and update files, PubMed XML, NBIB, RIS.

    Baseline and update files are loaded in the order of their numbers. Completes with the numbers
    of the loads when each file was loaded to its end; else fails, saying which was not and
    why, after all the others have been loaded. A load that was stopped goes on where it was.

    Args:
        paths: Files, folders and wild cards, as the machine that runs this sees them.
        topic: Name of the topic to which the records belong, as the command litsweep topic list
            shows it; None: to none.
        again: Whether to load also files that were loaded to their end before.
    """
    checking.check_topic_exists(topic)
    loaded: list[int] = []
    problems: list[str] = []
    for path in load_tasks.list_files(paths):
        try:
            opened = load_tasks.open_load(path, topic, again)
            if opened.status is not LoadStatus.COMPLETE:
                opened = load_tasks.store_entries(opened.load_file_id, path)
        except (FileRefused, LoadBusy) as error:
            problems.append(str(error))
            continue
        loaded.append(opened.load_file_id)
        if opened.status is not LoadStatus.COMPLETE:
            problems.append(opened.error or f"{opened.name} was not loaded to its end.")
    if problems:
        return Failed(message="\n".join(problems), data=loaded)
    return Completed(message=f"{len(loaded)} files loaded", data=loaded)
