"""Gantries: a drive over tolled edges pays from where it enters to where it leaves."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from dispatch.kernel.place import distance
from simulators.fleet import Car
from simulators.motion import Drive
from simulators.pump import moment
from simulators.roads import Node, Roads
from telemetry.wire import Receipt

ETC_PERCENT = 95


def passages(car: Car, drive: Drive, nodes: Mapping[str, Node]) -> Iterator[Receipt]:
    """One toll receipt for each unbroken run of tolled edges of a drive."""
    for tolled, run in groupby(drive.route.pieces, key=lambda piece: piece.toll):
        pieces = list(run)
        if not tolled:
            continue
        entry = drive.moment_at(pieces[0].start_m)
        leave = drive.moment_at(pieces[-1].end_m)
        gross = toll_fen(round(pieces[-1].end_m - pieces[0].start_m), car.kind.toll_fen_per_km)
        yield Receipt(
            txn=f"T{leave}-{car.obu[-7:]}",
            kind="toll",
            at=moment(leave),
            amount_fen=(gross * ETC_PERCENT + 50) // 100,
            gross_fen=gross,
            plate=car.plate,
            obu=car.obu,
            entry_place=station_of(nodes[pieces[0].from_node]),
            entry_at=moment(entry),
            place=station_of(nodes[pieces[-1].to_node]),
        )


def station_of(node: Node) -> str:
    """The name of the toll station at a place."""
    return f"{node.name_zh}收费站"


def stations(roads: Roads) -> list[tuple[str, float, float]]:
    """Name, lon and lat of all stations."""
    at = {node for edge in roads.edges if edge.toll for node in (edge.a, edge.b)}
    nodes = [roads.nodes[code] for code in sorted(at)]
    return [(station_of(node), node.lon, node.lat) for node in nodes]


def elsewhere(car: Car, entry: int, leave: int, a: Node, b: Node) -> Receipt:
    """A toll for a way that this car did not drive, though its plate did."""
    gross = toll_fen(round(distance(a.lon, a.lat, b.lon, b.lat) * 1.2), car.kind.toll_fen_per_km)
    return Receipt(
        txn=f"X{leave}-{car.obu[-7:]}",
        kind="toll",
        at=moment(leave),
        amount_fen=gross,
        gross_fen=gross,
        plate=car.plate,
        obu=car.obu,
        entry_place=station_of(a),
        entry_at=moment(entry),
        place=station_of(b),
    )


def toll_fen(metres: int, fen_per_km: int) -> int:
    """The toll of so many metres before any discount, half a fen up."""
    return (metres * fen_per_km + 500) // 1000
