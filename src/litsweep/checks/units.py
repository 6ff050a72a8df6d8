"""Units of measurement, and which spellings are one unit. It converts nothing."""

from typing import Final

UNITS: Final = {
    spelling: line.split()[0]
    for line in (
        "% percent\n‰ permille permil\nmg milligram milligrams\ng gram grams gm\nkg kilogram kilograms kgs\n"
        "µg μg ug mcg microgram micrograms\nng nanogram nanograms\npg picogram picograms\n"
        "l liter liters litre litres\ndl\nml milliliter milliliters millilitre millilitres cc\n"
        "µl μl ul microliter microliters microlitre microlitres\n"
        "mol mole moles\nmmol millimole millimoles\nµmol μmol umol micromole micromoles\n"
        "nmol\npmol\nmm\ncm centimeter centimeters centimetre centimetres\n"
        "km kilometer kilometers kilometre kilometres\nnm\nµm μm um micron microns\n"
        "ms millisecond milliseconds\nseconds second sec secs s\nminutes minute min mins\n"
        "hours hour h hr hrs\ndays day d\nweeks week wk wks\nmonths month mo mos\n"
        "years year yr yrs\ndecades decade\nmmhg\nkpa\nhz\nkhz\nmhz\nkcal\nkj\nkda\nbp\nkb\n"
        "iu\ngy\nmsv\nmv\ndb\nfold times"
    ).splitlines()
    for spelling in line.split()
}
"""The name of a unit by its spellings, in lower case."""
