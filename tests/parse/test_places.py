"""Places that feeds give."""

import pytest
from lxml import etree

from newsbeam.transforms.parse.feed_tree import name_of
from newsbeam.transforms.parse.places import places_of_item
from newsbeam.transforms.records import Place


def places(item: str) -> tuple[Place, ...]:
    """Return the places of an item of RSS."""
    spaces = (
        'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
    )
    return places_of_item(etree.fromstring(f"<item {spaces}>{item}</item>"), name_of)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("<georss:point>54.5 -7.25</georss:point>", ""),
        ("<georss:point> 54.5, -7.25 </georss:point><georss:featurename>Quay</georss:featurename>", "Quay"),
        ('<georss:point featurename="Quay">54.5 -7.25</georss:point>', "Quay"),
        ("<georss:where><gml:Point><gml:pos>54.5 -7.25</gml:pos></gml:Point></georss:where>", ""),
        ('<gml:Point srsName="urn:ogc:def:crs:OGC:1.3:CRS84"><gml:pos>-7.25 54.5</gml:pos></gml:Point>', ""),
        ("<gml:Point><gml:coordinates>-7.25,54.5</gml:coordinates></gml:Point>", ""),
        ("<geo:lat>54.5</geo:lat><geo:long>-7.25</geo:long>", ""),
        ("<geo:Point><geo:lat>54.5</geo:lat><geo:long>-7.25</geo:long></geo:Point>", ""),
        ("<georss:point>54.5 -7.25</georss:point><geo:lat>54.5</geo:lat><geo:long>-7.25</geo:long>", ""),
    ],
)
def test_a_point_is_a_place_once(item: str, name: str) -> None:
    assert places(item) == (Place(name, latitude=54.5, longitude=-7.25),)


@pytest.mark.parametrize(
    "item",
    [
        "<georss:point>0 0</georss:point>",
        "<georss:point>91 10</georss:point>",
        "<georss:point>nan inf</georss:point>",
        "<georss:point>54.5</georss:point>",
        "<georss:point/>",
        "<georss:line>1 2 3 4</georss:line>",
        '<gml:Point srsName="EPSG:3857"><gml:pos>54.5 7.25</gml:pos></gml:Point>',
        "<geo:lat>54.5</geo:lat>",
        "<lat>54.5</lat><long>7.25</long>",
    ],
)
def test_a_point_off_the_globe_is_not_a_place(item: str) -> None:
    assert places(item) == ()


def test_a_name_without_a_point_is_a_place() -> None:
    assert places("<georss:featurename>Quay</georss:featurename>") == (Place("Quay"),)
    assert places("<georss:box featurename='Bay'>1 2 3 4</georss:box>") == (Place("Bay"),)
