"""The network: PubMed through E-utilities, full texts from PMC and Europe PMC.

Here bytes are asked for, judged and handed on; what they mean is read elsewhere
(`litsweep.parsing`), except for NCBI's small control replies.
"""
