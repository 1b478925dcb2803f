"""Abbreviations whose full stop does not end a sentence, of some fifteen languages; in lower case, without the stop."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Followed by what they are about, whatever it is.
BEFORE_ANYTHING = _words(
    """
    vs cf viz approx incl excl resp bzw vgl ggf evtl inkl exkl zzgl zzt bspw sog geb gest gegr hrsg ehem eigtl insb
    einschl env éd núm tel ecc bijv evt np tzw ul św ks např tzv popř mj tj esim ns örn bkz ún dvs
    им ул пр св акад проф см ср напр
    """
)

# Titles, where they begin with a capital.
BEFORE_NAMES = _words(
    """
    mr mrs ms mx dr drs prof rev hon gen col capt cpt lt sgt cmdr adm maj gov sen rep pres supt insp messrs st ste mt
    hr fr hl dipl ing mag mm mme mmes mlle mgr sr sra srta sres dra dña ud uds sig sigg dott avv dhr mevr mw inż
    """
)

# Where a number comes next. They are words too (`No.`, `Art.`), or end a sentence otherwise.
BEFORE_NUMBERS = _words(
    """
    no nos nr nrs num fig figs vol vols p pp pg ch chap sec sect art arts par para op ed eq eqs ver v c ca circa
    abb abs bd bde kap ziff tab taf s ff n nº págs pág cap rys tabl str rozdz рис стр гл табл ст
    jan feb mar apr jun jul aug sep sept oct nov dec okt dez
    """
)

# May end a sentence, or stand in its middle before a name.
ENDS_OR_NOT = _words("al inc ltd co corp llc jr bros dept univ assn ave blvd rd esq gmbh mio mrd")
