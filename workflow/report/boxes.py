"""The boxes about aerodromes on a map: all of the largest region, and the busiest part of it from near."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from data_schemas.config import QuerySettings
from data_schemas.files import complete_file
from tracks.aerodromes.boxes import Boxes
from tracks.aerodromes.reading import Aerodromes
from tracks.enrich.layers import read_polygons
from tracks.enrich.volumes import CODES, Volumes
from workflow.report.drawing import BLUE, GREEN, GREY, ORANGE, RED, figure
from workflow.report.maps import outlines

_APART_DEG = 2.5
"""Boxes this far apart (twice) are different regions, such as the mainland and an island."""
_NEAR_DEG = 3.0
"""Height of the map from near."""
_WIDTH_IN = 13.0
_CLASSES = {"B": BLUE, "C": RED, "D": GREEN}


def write_boxes_map(
    boxes: Boxes, aerodromes: Aerodromes, volumes: Volumes, settings: QuerySettings, file: Path
) -> None:
    """Write a PNG of the boxes; same boxes, same bytes.

    Parameters
    ----------
    boxes, aerodromes, volumes
        What is drawn: the boxes, the aerodromes they are about, and the airspace these lie in or under.
    settings
        For the radius of the circles and the classes of airspace.
    """
    drawing = boxes_map(boxes, aerodromes, volumes, settings)
    with complete_file(file) as part:
        drawing.savefig(part, dpi=160, metadata={"Software": None})


def boxes_map(boxes: Boxes, aerodromes: Aerodromes, volumes: Volumes, settings: QuerySettings) -> Figure:
    """Draw the region with most boxes, and beside it the part with most aerodromes, from near."""
    region = _largest_region(boxes)
    wide = _frame(boxes.edges_deg[region], 0.6)
    busiest = max(range(len(boxes)), key=lambda index: (len(boxes.aerodromes[index]), -index))
    near = _near(boxes.edges_deg[busiest])
    ratios = _ratios(wide, near)
    drawing = figure(_WIDTH_IN, (_WIDTH_IN - 1.4) / sum(ratios) + 1.3)
    whole, detail = drawing.subplots(1, 2, width_ratios=ratios)
    land = _land(boxes)
    for axes, frame, scale in ((whole, wide, 1.0), (detail, near, 3.0)):
        axes.add_collection(LineCollection(land, colors=GREY, linewidths=0.4, zorder=1))
        _draw(axes, frame, boxes, aerodromes, volumes, settings, scale)
    _circles(detail, near, aerodromes, settings.radius_nm)
    whole.plot(*_ring(near), color="black", linewidth=1)
    outside = len(boxes) - int(region.sum())
    elsewhere = f"; {outside} boxes lie outside this map" if outside else ""
    whole.set_title(f"{len(boxes)} boxes about {len(aerodromes)} aerodromes{elsewhere}")
    detail.set_title("the part with most aerodromes in one box")
    drawing.legend(handles=_legend(settings), loc="outside lower center", ncols=6)
    return drawing


Frame = tuple[float, float, float, float]


def _draw(
    axes: Axes,
    frame: Frame,
    boxes: Boxes,
    aerodromes: Aerodromes,
    volumes: Volumes,
    settings: QuerySettings,
    scale: float,
) -> None:
    west, south, east, north = frame
    for name in settings.airspace_classes:
        rings = shapely.get_parts(shapely.boundary(volumes.outlines[volumes.codes == CODES[name]]))
        lines = [shapely.get_coordinates(ring) for ring in rings]
        axes.add_collection(
            LineCollection(lines, colors=_CLASSES[name], linewidths=0.3 * scale, alpha=0.7, zorder=2)
        )
    corners = shapely.get_coordinates(shapely.boundary(shapely.box(*boxes.edges_deg.T)))
    axes.add_collection(
        LineCollection(list(corners.reshape(-1, 5, 2)), colors="black", linewidths=0.35 * scale, zorder=4)
    )
    axes.plot(
        aerodromes.lon_deg, aerodromes.lat_deg, ".", color=ORANGE, markersize=0.8 * scale, zorder=3, mew=0
    )
    axes.set(xlim=(west, east), ylim=(south, north))
    axes.set(xlabel="longitude, deg", ylabel="latitude, deg")
    axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))


def _circles(axes: Axes, frame: Frame, aerodromes: Aerodromes, radius_nm: float) -> None:
    """Draw the circles about the aerodromes, on the sphere where a minute of arc is 1 NM."""
    west, south, east, north = frame
    lat, lon = aerodromes.lat_deg, aerodromes.lon_deg
    shown = (lon > west - 1) & (lon < east + 1) & (lat > south - 1) & (lat < north + 1)
    angle = np.linspace(0, 2 * np.pi, 73)
    radius_deg = radius_nm / 60
    across = radius_deg * np.sin(angle) / np.cos(np.radians(lat[shown]))[:, None]
    rings = np.stack([lon[shown, None] + across, lat[shown, None] + radius_deg * np.cos(angle)], axis=2)
    axes.add_collection(LineCollection(list(rings), colors=ORANGE, linewidths=0.4, alpha=0.6, zorder=2))


def _legend(settings: QuerySettings) -> list[Line2D]:
    lines = [
        Line2D([], [], color="black", label=f"box, at most {settings.max_box_nm2:g} square NM"),
        Line2D([], [], color=ORANGE, marker=".", linewidth=0, label="aerodrome"),
        Line2D([], [], color=ORANGE, alpha=0.6, linewidth=0.8, label=f"{settings.radius_nm:g} NM about it"),
    ]
    return lines + [
        Line2D([], [], color=_CLASSES[name], label=f"class {name} airspace")
        for name in settings.airspace_classes
    ]


def _land(boxes: Boxes) -> list[np.ndarray]:
    """Return lines to tell places by: states and provinces where boxes lie in them, else coasts."""
    _, divisions = read_polygons("the map", "package:admin1.geojson", ())
    west, south, east, north = boxes.edges_deg.T
    middles = shapely.points((west + east) / 2, (south + north) / 2)
    if not shapely.STRtree(divisions).query(middles, predicate="intersects").size:
        return outlines()
    return [shapely.get_coordinates(line) for line in shapely.get_parts(shapely.boundary(divisions))]


def _largest_region(boxes: Boxes) -> np.ndarray:
    """Return which boxes are in the region that has most of them."""
    middles = (boxes.edges_deg[:, :2] + boxes.edges_deg[:, 2:]) / 2
    around = shapely.box(*np.hstack([middles - _APART_DEG, middles + _APART_DEG]).T)
    regions = shapely.get_parts(shapely.union_all(around))
    inside = shapely.intersects_xy(regions[:, None], *middles.T)
    return np.asarray(inside[inside.sum(1).argmax()])


def _frame(edges_deg: np.ndarray, pad: float) -> Frame:
    west, south = edges_deg[:, :2].min(0) - pad
    east, north = edges_deg[:, 2:].max(0) + pad
    return float(west), float(south), float(east), float(north)


def _near(edges_deg: np.ndarray) -> Frame:
    west, south, east, north = edges_deg
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    half = _NEAR_DEG / 2
    wide = half / np.cos(np.radians(middle_lat))
    return (
        float(middle_lon - wide),
        float(middle_lat - half),
        float(middle_lon + wide),
        float(middle_lat + half),
    )


def _ring(frame: Frame) -> tuple[list[float], list[float]]:
    west, south, east, north = frame
    return [west, east, east, west, west], [south, south, north, north, south]


def _ratios(*frames: Frame) -> list[float]:
    """Widths of maps of equal height."""
    return [
        float((east - west) * np.cos(np.radians((south + north) / 2)) / (north - south))
        for west, south, east, north in frames
    ]
