// What stands on deck: rope, hardware, lamps, instruments.
#include "sample/tables.hpp"

namespace sample {
namespace {

constexpr std::string_view ropery = "Brightwork Ropery";
constexpr std::string_view forge = "Tidewater Forge";
constexpr std::string_view lanterns = "Lantern Row";

constexpr product table[] = {
    {"braided-dock-line",
     "Braided dock line",
     ropery,
     "Rope & Line",
     "mooring, polyester, bestseller",
     "Length, Colour",
     "<p>Sixteen strands around a core that gives before your cleats do. Spliced eye at one end, whipped at "
     "the "
     "other, and soft enough for bare hands in March.</p><ul><li>14 mm polyester, double braid</li><li>Eye "
     "of "
     "30 cm, spliced by hand</li><li>Breaking load 4,200 kg</li></ul>",
     {{{"6 m", "Navy"}, "HH-DL-06-N", 980, 3900, 3600, 42, 8},
      {{"6 m", "Natural"}, "HH-DL-06-W", 980, 3900, 3600, 35, 6},
      {{"9 m", "Navy"}, "HH-DL-09-N", 1430, 5200, 4800, 28, 6},
      {{"9 m", "Natural"}, "HH-DL-09-W", 1430, 5200, 4800, 30, 0},
      {{"12 m", "Navy"}, "HH-DL-12-N", 1890, 6400, 5900, 18, 4},
      {{"12 m", "Natural"}, "HH-DL-12-W", 1890, 6400, 5900, 0, 0}}},
    {"tarred-marline",
     "Tarred marline, 100 m",
     ropery,
     "Rope & Line",
     "whipping, natural fibre",
     "",
     "<p>Two-strand hemp in Stockholm tar, for whipping, seizing and the smell of a proper locker. One ball "
     "lasts most people a season and the neighbours two.</p>",
     {{{}, "HH-TM-100", 420, 1800, 1650, 64, 12}}},
    {"heaving-line",
     "Heaving line with monkey's fist",
     ropery,
     "Rope & Line",
     "safety, knots",
     "",
     "<p>Twenty metres of floating line with a fist that lands where you look. The core is cork, not lead: "
     "it "
     "is meant to reach a hand, not a windscreen.</p>",
     {{{}, "HH-HL-20", 760, 4400, 4100, 0, 0, 25}}},
    {"shock-cord",
     "Shock cord, 10 m",
     ropery,
     "Rope & Line",
     "elastic, small things",
     "Diameter",
     "<p>Keeps the tiller where you left it and the sail where you bundled it. UV-proof cover, cut ends "
     "sealed.</p>",
     {{{"4 mm"}, "HH-SC-04", 140, 900, 850, 120, 20},
      {{"6 mm"}, "HH-SC-06", 290, 1300, 1200, 95, 20},
      {{"8 mm"}, "HH-SC-08", 510, 1900, 1750, 60, 10}}},
    {"bronze-horn-cleat",
     "Bronze horn cleat",
     forge,
     "Hardware",
     "bronze, fittings, bestseller",
     "Length",
     "<p>Sand-cast in small batches and filed until no edge is left to chafe a line. It will go green before "
     "it goes anywhere else.</p><ul><li>Manganese bronze</li><li>Four countersunk holes</li></ul>",
     {{{"100 mm"}, "HH-HC-100", 210, 2400, 2200, 55, 10},
      {{"150 mm"}, "HH-HC-150", 480, 3600, 3300, 40, 6},
      {{"200 mm"}, "HH-HC-200", 890, 5400, 4950, 12, 0}}},
    {"bow-shackle",
     "Bow shackle",
     forge,
     "Hardware",
     "stainless, fittings",
     "Pin",
     "<p>A4 stainless steel, proof-tested and stamped with the load it was tested at. Captive pin, because "
     "the other kind lies at the bottom of every harbour.</p>",
     {{{"6 mm"}, "HH-BS-06", 60, 1100, 1000, 140, 24},
      {{"8 mm"}, "HH-BS-08", 120, 1500, 1400, 110, 24},
      {{"10 mm"}, "HH-BS-10", 230, 2100, 1900, 75, 12}}},
    {"ash-block",
     "Ash block, single sheave",
     forge,
     "Hardware",
     "wood, fittings",
     "Line",
     "<p>Steamed ash cheeks around a bronze sheave. Quieter than plastic, lighter than it looks, and it can "
     "be "
     "taken apart and oiled on a winter evening.</p>",
     {{{"up to 10 mm"}, "HH-AB-10", 260, 5800, 5300, 22, 4},
      {{"up to 14 mm"}, "HH-AB-14", 410, 7200, 6600, 3, 1}}},
    {"belaying-pin",
     "Belaying pin",
     forge,
     "Hardware",
     "wood",
     "",
     "<p>Turned from one piece of ash, 32 cm long, oiled. Sold for pin rails; we are told it also rolls "
     "pastry.</p>",
     {{{}, "HH-BP-32", 340, 1900, 1750, 48, 10}}},
    {"hurricane-lamp",
     "Hurricane lamp",
     lanterns,
     "Lamps & Lights",
     "brass, paraffin, bestseller",
     "Finish",
     "<p>The lamp on the label: a flat wick behind glass that stays lit in a gale and stays cool enough to "
     "carry. Burns twenty hours on one filling.</p><ul><li>31 cm high, 0.35 l tank</li><li>Spare wick in "
     "the box</li></ul>",
     {{{"Polished brass"}, "HH-HUR-B", 1150, 8900, 8200, 26, 7, 0, 10900, 9900},
      {{"Blackened"}, "HH-HUR-K", 1150, 8400, 7700, 17, 5}}},
    {"anchor-light",
     "Anchor light, LED",
     lanterns,
     "Lamps & Lights",
     "led, safety",
     "",
     "<p>Visible for two miles, draws less than a sleeping crew: 0.1 A at 12 V. A sensor turns it on at dusk "
     "and off when you should be up.</p>",
     {{{}, "HH-AL-12V", 310, 6900, 6300, 33, 4}}},
    {"gimbal-lamp",
     "Cabin lamp on gimbals",
     lanterns,
     "Lamps & Lights",
     "brass, paraffin",
     "",
     "<p>Hangs level while everything around it doesn't. Weighted foot, smoke bell, and a bracket for the "
     "bulkhead.</p>",
     {{{}, "HH-GL-01", 1680, 14900, 13700, 9, 3}}},
    {"storm-candles",
     "Storm candles, box of six",
     lanterns,
     "Lamps & Lights",
     "candles, small things",
     "",
     "<p>Rapeseed wax, nine hours each, in a box that strikes its own matches. For the evening the power "
     "goes, "
     "and for the ones you wish it would.</p>",
     {{{}, "HH-SCN-6", 920, 2200, 2000, 80, 30}}},
    {"hand-bearing-compass",
     "Hand bearing compass",
     forge,
     "Navigation",
     "compass, brass",
     "",
     "<p>Reads to half a degree over a prism, and glows on its own through a short night. Leather case, "
     "lanyard, and a card with the three corrections everyone forgets.</p>",
     {{{}, "HH-HBC-1", 430, 16800, 15400, 14, 2}}},
    {"single-hand-dividers",
     "Single-hand dividers",
     forge,
     "Navigation",
     "brass, charts",
     "",
     "<p>Squeeze to open, press to close: one hand for the chart, one for the ship. Solid brass with steel "
     "points that can be replaced.</p>",
     {{{}, "HH-DIV-1", 120, 3800, 3500, 37, 9}}},
    {"aneroid-barometer",
     "Aneroid barometer",
     forge,
     "Navigation",
     "brass, weather",
     "",
     "<p>Tells you what the sky has already decided. Each is set against the one in our window for a week "
     "before it leaves, so we sell them as fast as weeks go by.</p>",
     {{{}, "HH-BAR-1", 1240, 21900, 19900, 0, 1, 12}}},
    {"ships-bell",
     "Ship's bell",
     forge,
     "Navigation",
     "brass, bronze",
     "Diameter",
     "<p>Bell bronze, a long clear note, a rope of our own making. Engraved on request: write to us after "
     "ordering, and count the letters twice.</p>",
     {{{"12 cm"}, "HH-BELL-12", 1450, 9800, 8900, 11, 2},
      {{"15 cm"}, "HH-BELL-15", 2600, 14500, 13200, 6, 0}}},
};

}  // namespace

std::span<product const> deck_products() { return table; }

}  // namespace sample
