import numpy as np

from decisioning.arbitration import Lever
from decisioning.budgets import Budget, Prices
from decisioning.exploration import Exploration
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

GIFT = Offer("gift", "Gift", "gift", cost=4.0, value=3.0, channels=("email",), capacity=50)
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
RULES = PolicyRules(
    contact_costs={"email": 0.25},
    levers=(Lever(2.0, kind="gift"), Lever(-0.5, channel="email")),
    budgets=(Budget("money", "money", 100.0, counts="expected"),),
)


def test_every_action_is_a_column() -> None:
    menu = Menu.of([GIFT, COUPON], RULES)
    assert [one.key for one in menu.actions] == [("gift", "email"), ("coupon", "email"), ("coupon", "sms")]
    assert menu.positions == ((0,), (1, 2))
    assert menu.order.tolist() == [3, 1, 2, 0]  # coupon by email, coupon by sms, gift; nothing first
    assert menu.margin.tolist() == [3.0, 5.0, 5.0]
    assert menu.cost.tolist() == [4.0, 1.0, 1.0]
    assert menu.contact_cost.tolist() == [0.25, 0.25, 0.0]
    assert menu.lever.tolist() == [1.5, -0.5, 0.0]
    assert [budget.name for budget in menu.budgets] == ["money", "capacity of gift"]
    assert menu.fixed.tolist() == [[0.25, 0.25, 0.0], [1.0, 0.0, 0.0]]
    assert menu.per_acceptance.tolist() == [[4.0, 1.0, 1.0], [0.0, 0.0, 0.0]]


def test_prices_weigh_what_is_used() -> None:
    menu = Menu.of([GIFT, COUPON], RULES)
    assert menu.shadow_fixed.tolist() == [0.0, 0.0, 0.0]
    priced = menu.under(Prices("7", {"money": 2.0, "capacity of gift": 3.0, "gone": 9.0}))
    assert priced.prices.version == "7"
    assert priced.shadow_fixed.tolist() == [3.5, 0.5, 0.0]
    assert priced.shadow_accepted.tolist() == [8.0, 2.0, 2.0]
    assert priced.shadow_fixed.tolist() == Menu.of([GIFT, COUPON], RULES, priced.prices).shadow_fixed.tolist()


def test_some_actions_have_their_columns() -> None:
    row = Menu.of([GIFT, COUPON], RULES).take(np.array([2, 0]))
    assert (row.margin.tolist(), row.lever.tolist()) == ([5.0, 3.0], [0.0, 1.5])


def test_nothing_has_columns_of_0() -> None:
    row = Menu.of([GIFT, COUPON], RULES, Prices("7", {"money": 2.0})).take(np.array([-1, 0]))
    columns = (row.margin, row.cost, row.contact_cost, row.lever, row.shadow_fixed, row.shadow_accepted)
    assert [column.tolist() for column in columns] == [[0, 3], [0, 4], [0, 0.25], [0, 1.5], [0, 0.5], [0, 8]]


def test_what_some_actions_use_of_budgets() -> None:
    uses = Menu.of([GIFT, COUPON], RULES).uses(np.array([2, 0, -1]), np.array([0.5, 0.25, 0.0]))
    assert uses.tolist() == [[0.5, 1.25, 0.0], [0.0, 1.0, 0.0]]


def test_draws_of_some_actions() -> None:
    menu = Menu.of([GIFT, COUPON], PolicyRules(exploration=Exploration("thompson", members=50)))
    found = menu.members(np.array([2, -1, 0]))
    assert (found[:, [0, 2]] == menu.draws[:, [2, 0]]).all()
    assert not found[:, 1].any()


def test_only_thompson_sampling_draws_an_ensemble() -> None:
    assert Menu.of([GIFT, COUPON], RULES).draws.shape == (0, 3)
    rules = PolicyRules(exploration=Exploration("thompson", members=50))
    assert Menu.of([GIFT, COUPON], rules).draws.shape == (50, 3)


def test_an_empty_catalogue_is_an_empty_menu() -> None:
    menu = Menu.of([], RULES)
    assert (menu.actions, menu.order.tolist(), menu.fixed.shape) == ((), [0], (1, 0))
    alone = np.array([-1])
    assert (menu.take(alone).cost.tolist(), menu.uses(alone, np.zeros(1)).tolist()) == ([0.0], [[0.0]])
    assert Menu.of([], PolicyRules()).uses(alone, np.zeros(1)).shape == (0, 1)
