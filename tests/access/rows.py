"""What a row of the table says.

Statuses are in the order of `world.ROLES`: visitor, other shopper, owner, staff for orders alone, superuser.
The roles of staff are answered as the staff for orders alone are, unless `roles` says otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tests.access.world import STAFF_ROLES


class Row(NamedTuple):
    """`args` of the address and the `body`: "photo.pk" is the key of the thing `photo`."""

    statuses: str
    method: str = "GET"
    args: dict[str, str] = {}
    body: dict[str, str] = {}
    roles: dict[str, str] = {}

    @property
    def all_statuses(self) -> list[str]:
        """Those of everybody in `world.ROLES`."""
        everybody = self.statuses.split()
        return everybody + [self.roles.get(role, everybody[3]) for role in STAFF_ROLES]


def only(
    roles: Sequence[str],
    status: str = "200",
    method: str = "GET",
    body: dict[str, str] | None = None,
    *,
    others: dict[str, str] | None = None,
    **args: str,
) -> Row:
    """For a superuser and these roles of staff; to all but `others` it is as if it did not exist."""
    answers = dict.fromkeys(roles, status) | (others or {})
    return Row(f"404 404 404 404 {status}", method, args, body or {}, answers)
