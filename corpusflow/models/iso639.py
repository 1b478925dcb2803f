"""Language codes of three letters as those of two, where ISO 639-1 has one."""

from __future__ import annotations

# ISO 639-1 after 639-2/T and 639-3: the registry of the Library of Congress.
_PAIRS = """
aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel bg bul bi bis bm bam
bn ben bo bod br bre bs bos ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym da dan de deu dv div dz dzo
ee ewe el ell en eng eo epo es spa et est eu eus fa fas ff ful fi fin fj fij fo fao fr fra fy fry ga gle gd gla gl glg
gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye hz her ia ina id ind ie ile ig ibo ii iii
ik ipk io ido is isl it ita iu iku ja jpn jv jav ka kat kg kon ki kik kj kua kk kaz kl kal km khm kn kan ko kor kr kau
ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim ln lin lo lao lt lit lu lub lv lav mg mlg mh mah mi mri
mk mkd ml mal mn mon mr mar ms msa mt mlt my mya na nau nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl nv nav
ny nya oc oci oj oji om orm or ori os oss pa pan pi pli pl pol ps pus pt por qu que rm roh rn run ro ron ru rus rw kin
sa san sc srd sd snd se sme sg sag si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp ss ssw st sot su sun sv swe
sw swa ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr
ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor za zha zh zho zu zul
"""

# A language that stands for all of a macrolanguage, in which most of it is written: models of many languages use these.
_MAIN = """
ar arb ay ayr az azj et ekk fa pes gn gug ku kmr lv lvs mg plt mn khk ms zsm ne npi om gaz or ory ps pbt qu quy sq als
sw swh uz uzn yi ydd zh cmn
"""


def _by_three(pairs: str) -> dict[str, str]:
    codes = pairs.split()
    return dict(zip(codes[1::2], codes[::2], strict=True))


_TWO_LETTERS = _by_three(_PAIRS) | _by_three(_MAIN)


def shortest_code(code: str) -> str:
    """The code of two letters for one of three, where there is one (`deu`: `de`), else the code itself. The chief
    language of a macrolanguage counts as that (`arb`, standard Arabic: `ar`); the others keep their own (`arz`)."""
    return _TWO_LETTERS.get(code, code)
