"""Units of measurement, and which spellings are one unit. It converts nothing."""

from typing import Final

# The spellings of one unit between two bars, its name first.
_SPELLINGS: Final = """
% percent | ‰ permille permil | mg milligram milligrams | g gram grams gm | kg kilogram
kilograms kgs | µg μg ug mcg microgram micrograms | ng nanogram nanograms | pg picogram
picograms | l liter liters litre litres | dl | ml milliliter milliliters millilitre millilitres
cc | µl μl ul microliter microliters microlitre microlitres | mol mole moles | mmol millimole
millimoles | µmol μmol umol micromole micromoles | nmol | pmol | mm | cm centimeter centimeters
centimetre centimetres | km kilometer kilometers kilometre kilometres | nm | µm μm um micron
microns | ms millisecond milliseconds | seconds second sec secs s | minutes minute min mins |
hours hour h hr hrs | days day d | weeks week wk wks | months month mo mos | years year yr yrs |
decades decade | mmhg | kpa | hz | khz | mhz | kcal | kj | kda | bp | kb | iu | gy | msv | mv |
db | fold times
"""
UNITS: Final = {
    spelling: one.split()[0] for one in _SPELLINGS.split("|") for spelling in one.split()
}
"""The name of a unit by its spellings, in lower case."""
