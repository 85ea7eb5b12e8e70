"""The YAML config as typed, strict, frozen objects. It needs neither Beam nor a parser.

    load_config(path) -> Config       or ConfigError, one line an error: file:line:column: key: what is wrong

Inputs (`url`, `path`, `opml`) are relative to the folder of the config file, so that a config works from any folder;
`output` is relative to the current directory, as a command-line argument would be. `~` is the home folder. Top-level
keys that begin with `x-` are ignored: a place for notes and anchors.

    load        reads, expands, checks        yaml_positions (line and column of each value), environment (${NAME})
    model       Config                        sources, sections, alerts; values: durations, sizes, days
    problems    errors as lines               hints: for people who are new to YAML
    locations   paths, patterns and URLs
"""
