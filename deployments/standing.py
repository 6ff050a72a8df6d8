"""An automation on the server against the declared one, and what makes them the same.

All of ours have names that begin with ``litsweep: ``. They are changed in place, their doubles
and those that are not declared any more are removed, and one that was switched off stays off.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import Automation, AutomationCore

from deployments import AUTOMATIONS

# The switch is the operator's; of the owner, a deployment, the server tells nothing and lets
# nobody change it (the action names the same deployment).
_NOT_COMPARED: Final = {"enabled", "owner_resource"}


@dataclass(frozen=True)
class Standing:
    """One automation as it shall be on the server."""

    client: SyncPrefectClient
    wanted: AutomationCore
    kind: str = "automation"

    @property
    def name(self) -> str:
        """Its name, by which it is found again."""
        return self.wanted.name

    def find(self) -> list[Automation] | None:
        """Ask the server for it, and for its doubles."""
        return self.client.read_automations_by_name(self.name) or None

    def differences(self, found: list[Automation] | None) -> list[str]:
        """Say in words how the server's differs from the declared one."""
        if not found:
            return [f"there is no automation {self.name!r}"]
        said = [f"there are {len(found)} of this name"] if len(found) > 1 else []
        wanted, there = _plain(self.wanted), _plain(found[0])
        differing = [field for field in wanted if wanted[field] != there.get(field)]
        return said + [f"another {field.replace('_', ' ')}" for field in differing]

    def put(self, found: list[Automation] | None) -> None:
        """Make it, or change it in place and remove its doubles; its switch stays as it is."""
        if not found:
            self.client.create_automation(self.wanted)
            return
        fields = self.wanted.model_dump(exclude=_NOT_COMPARED) | {"enabled": found[0].enabled}
        self.client.update_automation(found[0].id, AutomationCore.model_validate(fields))
        for double in found[1:]:
            self.client.delete_automation(double.id)

    def remarks(self, found: list[Automation]) -> list[str]:
        """Say what an operator chose there and what is therefore left."""
        return ["switched off"] if any(not each.enabled for each in found) else []


@dataclass(frozen=True)
class Obsolete:
    """An automation of ours that shall not be on the server any more."""

    client: SyncPrefectClient
    name: str
    kind: str = "automation"

    def find(self) -> list[Automation] | None:
        """Ask the server for it."""
        return self.client.read_automations_by_name(self.name) or None

    def differences(self, found: list[Automation] | None) -> list[str]:
        """Say that it is there, while it is."""
        return ["it is not declared any more"] if found else []

    def put(self, found: list[Automation] | None) -> None:
        """Remove it."""
        for each in found or []:
            self.client.delete_automation(each.id)

    def remarks(self, found: list[Automation]) -> list[str]:
        """Say nothing more."""
        return []


def list_obsolete(client: SyncPrefectClient, wanted: Collection[str]) -> list[Obsolete]:
    """List the automations of ours on the server whose names are not ``wanted``."""
    ours = {each.name for each in client.read_automations() if each.name.startswith(AUTOMATIONS)}
    return [Obsolete(client, name) for name in sorted(ours - set(wanted))]


def _plain(automation: AutomationCore) -> dict[str, Any]:
    """Bring what we declare and what the server returns into one form."""
    core = AutomationCore.model_validate(automation.model_dump())
    dumped: dict[str, Any] = _ordered(core.model_dump(mode="json", exclude=_NOT_COMPARED))
    return dumped


def _ordered(value: Any) -> Any:
    # Sets come back in any order, and one text where several may stand as a list of one.
    if isinstance(value, dict):
        return {key: _ordered(each) for key, each in value.items()}
    if isinstance(value, list):
        items = [_ordered(each) for each in value]
        if all(isinstance(each, str) for each in items):
            items = sorted(items)
        return items[0] if len(items) == 1 else items
    return value
