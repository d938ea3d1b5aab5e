"""The sentences of refusals, in both languages."""

from collections.abc import Mapping

from dispatch.orders.match import Misfit

_TEXTS: dict[str, tuple[str, str]] = {
    "H14": ("年检或保险已于 {until} 到期", "Its inspection or insurance ended on {until}"),
    "H15": (
        "座位不足：乘车 {passengers} 人，可乘 {seats} 人",
        "Too few seats: {seats} for {passengers} passengers",
    ),
    "H16": (
        "机要通信用车不跨平台调度、不拼车",
        "Confidential car: it is neither lent nor shared",
    ),
    "H21": ("同车申请中有不拼车的", "One of the requests is not to be shared"),
    "H17": (
        "执法执勤、特种专业技术用车不参与统一调度",
        "Enforcement and special cars are not shared",
    ),
    "H10": (
        "驾驶员连续驾驶将超过上限",
        "Its driver would drive without a break for longer than allowed",
    ),
    "H11": (
        "驾驶员当日驾驶或出车时长将超过上限",
        "Its driver would drive, or be on duty, for longer than allowed",
    ),
    "class": ("车型不符合申请", "Not of the class that was asked for"),
    "licence": (
        "驾驶证 {held} 不符，需 {needed}",
        "The driver's licence {held} does not do: {needed} is needed",
    ),
    "driver_pool": (
        "驾驶员与车辆不属同一平台",
        "The driver is of another platform than the car",
    ),
    "range": (
        "续航不足：需 {needed_km} 公里，可行 {range_km} 公里",
        "Out of range: {needed_km} km are needed, {range_km} km it goes",
    ),
    "reserve": (
        "该平台须留足备勤车辆 {reserve} 辆",
        "Its platform keeps a reserve of {reserve} cars",
    ),
    "too-late": (
        "无法按时到达，将晚 {late_minutes} 分钟",
        "It cannot be there in time: {late_minutes} minutes late",
    ),
    "busy": ("该时段已有安排", "It is held for something else then"),
    "no-driver": ("无可用驾驶员", "No driver of its platform is free"),
    "not-lendable": ("该车不跨平台调度", "The car is not lent"),
    "lending-refused": (
        "该平台不向申请平台调剂车辆",
        "Its platform does not lend to the one that asks",
    ),
    "seats": (
        "座位不足：乘车 {passengers} 人，可乘 {seats} 人",
        "Too few seats: {seats} for {passengers} passengers",
    ),
    "quota": (
        "用车单位当日限 {tasks} 次，已用完",
        "The unit's {tasks} trips of the day are used up",
    ),
}


def message(why: Misfit) -> tuple[str, str]:
    """The Chinese and the English sentence of a refusal; a rule without words is its own."""
    texts = _TEXTS.get(why.rule, (why.rule, why.rule))
    facts = why.facts | _kilometres(why.facts)
    chinese, english = (text.format(**facts) for text in texts)
    return chinese, english


def both(why: Misfit) -> str:
    """Both sentences in one, as errors have them."""
    return " · ".join(message(why))


def _kilometres(facts: Mapping[str, str | int]) -> dict[str, str | int]:
    """Whole ones: what is needed rounded up, what there is rounded down."""
    needed, there = facts.get("metres"), facts.get("range_m")
    if not isinstance(needed, int) or not isinstance(there, int):
        return {}
    return {"needed_km": -(-needed // 1000), "range_km": there // 1000}
