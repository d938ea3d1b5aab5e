"""What a broken rule says to a person, in Chinese and English, by code."""

from dispatch.requests.model import Facts

_TEXTS: dict[str, tuple[str, str]] = {
    "not_same_day": ("本市域内用车须当日返回", "A trip inside the city returns the same day"),
    "late_return": (
        "本市域内用车最迟 {latest} 返回，申请返回时间为 {return_at}",
        "A trip inside the city is back by {latest}; {return_at} was asked for",
    ),
    "overnight": (
        "过夜用车（{nights} 夜）须主管部门审核",
        "Staying out {nights} night(s) needs the authority's review",
    ),
    "over_daily_cap": (
        "本单位当日已申请 {taken} 次，每日上限 {cap} 次，须主管部门审核",
        "The unit has {taken} trips that day and may have {cap}; the authority must review",
    ),
    "short_lead": (
        "须至少提前 {least_minutes} 分钟申请，现提前 {minutes} 分钟",
        "Ask at least {least_minutes} minutes before; this is {minutes}",
    ),
    "far_trip_late": (
        "跨县区或市外用车须提前 {least_days} 天申请，须主管部门审核",
        "Ask {least_days} day(s) before for another county or out of the city; needs review",
    ),
    "out_of_city": (
        "出市用车须主管部门审核",
        "A trip out of the city needs the authority's review",
    ),
    "off_hours": (
        "用车时间在工作时段 {hours_from}–{hours_to} 之外，须主管部门审核",
        "Outside office hours {hours_from}-{hours_to}; needs the authority's review",
    ),
    "weekend": ("{day} 为周末，须主管部门审核", "{day} is a weekend day; needs review"),
    "holiday": ("{day} 为节假日，须主管部门审核", "{day} is a holiday; needs review"),
    "calendar_unknown": (
        "节假日表中没有 {day}，无法判断是否为工作日",
        "{day} is not in the holiday table, so nobody knows whether it is a workday",
    ),
    "too_many_passengers": (
        "乘车 {passengers} 人，现有车辆最多可乘 {most} 人",
        "{passengers} passengers, but no car takes more than {most}",
    ),
    "class_too_small": (
        "乘车 {passengers} 人，该车型最多可乘 {most} 人",
        "{passengers} passengers, but a car of this class takes {most} at most",
    ),
    "large_vehicle": (
        "需 {seats} 座及以上车辆，须主管部门审核",
        "A car of {seats} or more seats needs the authority's review",
    ),
}


def message(code: str, facts: Facts) -> tuple[str, str]:
    """The Chinese and the English sentence of a code with its facts filled in.

    Raises:
        KeyError: no such code, or a fact is missing.
    """
    chinese, english = _TEXTS[code]
    return chinese.format(**facts), english.format(**facts)
