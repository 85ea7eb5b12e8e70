"""Documents to entries: one module a format; `sniff` picks it.

Drivers may import these modules; the others are the inside of the stage.

    completeness    whether a document was read to its end
    document        limits of one document
    exported        what newsbeam's export says beside the fields of a format
    precheck        the check of a feed on its arrival
    transforms      ParseDocuments, StreamingParseDocuments
    zones           names of time zones
"""
