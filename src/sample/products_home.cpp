// What goes below or home: galley, cabin, desk.
#include "sample/tables.hpp"

namespace sample {
namespace {

constexpr std::string_view forge = "Tidewater Forge";
constexpr std::string_view mill = "Saltmarsh Mill";
constexpr std::string_view ropery = "Brightwork Ropery";
constexpr std::string_view house = "Halyard & Hearth";

constexpr product table[] = {
    {"enamel-mug",
     "Enamel mug",
     house,
     "Galley",
     "enamel, gift, bestseller",
     "Colour",
     "<p>Two coats on steel, a rolled rim, and room for a quarter of a litre of whatever the watch is "
     "drinking. "
     "It chips, it doesn't break, and the chips become yours.</p>",
     {{{"White"}, "HH-EM-W", 150, 1400, 1300, 160, 40},
      {{"Harbour blue"}, "HH-EM-B", 150, 1400, 1300, 140, 40},
      {{"Buoy green"}, "HH-EM-G", 150, 1400, 1300, 0, 18}}},
    {"copper-kettle",
     "Copper kettle",
     forge,
     "Galley",
     "copper",
     "",
     "<p>Broad in the beam so it boils fast and can't tip. Tinned inside, hammered outside, 1.8 litres, and "
     "a "
     "whistle that can be taken off at anchor.</p>",
     {{{}, "HH-CK-18", 1320, 11800, 10800, 8, 3}}},
    {"rigging-knife",
     "Rigging knife with spike",
     forge,
     "Galley",
     "steel, tools",
     "",
     "<p>A blunt tip on purpose, a spike that opens shackles, bottles and tins. Carbon steel: wipe it dry "
     "and "
     "it will outlive the boat.</p>",
     {{{}, "HH-RK-1", 190, 5900, 5400, 27, 6}}},
    {"skillet-24",
     "Galley skillet, 24 cm",
     forge,
     "Galley",
     "iron",
     "",
     "<p>Spun iron, half the weight of a cast one, with a rim high enough for following seas. Seasoned with "
     "linseed; the rest is up to you.</p>",
     {{{}, "HH-SK-24", 1250, 6400, 5900, 16, 5}}},
    {"biscuit-tin",
     "Ship's biscuit tin",
     house,
     "Galley",
     "storage, gift",
     "",
     "<p>Airtight, square, stackable. Comes with our recipe, which contains butter and is therefore not "
     "authentic.</p>",
     {{{}, "HH-TIN-1", 510, 2300, 2100, 58, 14}}},
    {"cocoa-of-the-watch",
     "Cocoa of the watch, 250 g",
     house,
     "Galley",
     "food, gift",
     "",
     "<p>Dark, barely sweet, with a pinch of salt, to be whisked into hot milk at four in the morning. We "
     "sell "
     "it by the tin; the hour is yours.</p>",
     {{{}, "HH-COC-250", 310, 1250, 1150, 200, 40}}},
    {"bunk-blanket",
     "Bunk blanket",
     mill,
     "Cabin",
     "wool",
     "Colour",
     "<p>Felted wool with a stripe at the foot so you know which end is yours. 150 by 200 cm, heavier than "
     "you "
     "expect and better for it.</p>",
     {{{"Grey, red stripe"}, "HH-BB-R", 1900, 12900, 11900, 18, 4},
      {{"Navy, white stripe"}, "HH-BB-W", 1900, 12900, 11900, 12, 4}}},
    {"canvas-hammock",
     "Canvas hammock",
     mill,
     "Cabin",
     "canvas, garden",
     "",
     "<p>Two metres of canvas, twenty brass eyes, and clews we tie ourselves. Holds 150 kg, or one person "
     "and "
     "a long book.</p>",
     {{{}, "HH-HAM-1", 2100, 9900, 8900, 10, 2, 8}}},
    {"rope-doormat",
     "Rope doormat",
     ropery,
     "Cabin",
     "natural fibre, knots",
     "",
     "<p>An ocean plait of retired manila, 75 by 45 cm. No two are alike since no two ropes have been to the "
     "same places.</p>",
     {{{}, "HH-MAT-75", 2400, 5400, 4950, 13, 5}}},
    {"brass-coat-hooks",
     "Brass coat hooks, set of three",
     forge,
     "Cabin",
     "brass, fittings",
     "",
     "<p>Wide at the throat for oilskins, smooth at the tip for scarves. With slotted screws, because we "
     "like "
     "them lined up.</p>",
     {{{}, "HH-HOOK-3", 390, 3200, 2900, 62, 15}}},
    {"porthole-mirror",
     "Porthole mirror",
     forge,
     "Cabin",
     "brass",
     "Diameter",
     "<p>A real porthole casting with a mirror where the sea was. Hinged, so there is a shelf's worth of "
     "secret "
     "behind the big one.</p>",
     {{{"30 cm"}, "HH-PM-30", 4200, 18900, 17400, 5, 1},
      {{"45 cm"}, "HH-PM-45", 8800, 29900, 27500, 0, 1, 4}}},
    {"log-book",
     "Log book",
     house,
     "Desk & Charts",
     "paper, gift, bestseller",
     "Ruling",
     "<p>Two hundred pages that lie flat, sewn, in sailcloth. The columns are for wind, sea and barometer; "
     "the "
     "margin is for what really happened.</p>",
     {{{"Ship's log"}, "HH-LB-L", 620, 2900, 2650, 75, 25}, {{"Plain"}, "HH-LB-P", 620, 2700, 2450, 66, 25}}},
    {"parallel-rule",
     "Parallel rule, 38 cm",
     forge,
     "Desk & Charts",
     "brass, charts",
     "",
     "<p>Clear acrylic on brass arms. Walks across a chart in a straight line, which is more than can be "
     "said "
     "for most of us.</p>",
     {{{}, "HH-PR-38", 280, 4200, 3850, 24, 6}}},
    {"chart-of-nowhere",
     "Chart of Nowhere in Particular",
     house,
     "Desk & Charts",
     "paper, prints, gift",
     "Size",
     "<p>Soundings, shoals and a lighthouse, drawn with care of a coast that doesn't exist. Not to be used "
     "for "
     "navigation, though people have tried.</p>",
     {{{"A3"}, "HH-CH-A3", 120, 2500, 2300, 40, 20}, {{"A2"}, "HH-CH-A2", 210, 3900, 3600, 30, 12}}},
    {"knot-board",
     "Knot board kit",
     ropery,
     "Desk & Charts",
     "knots, gift",
     "",
     "<p>Twelve lines, twelve pegs, twelve knots, and a booklet that has been thrown overboard by every "
     "editor "
     "until it was short. From eight years on.</p>",
     {{{}, "HH-KB-12", 690, 3600, 3300, 34, 10}}},
    {"india-ink",
     "Indelible ink, 30 ml",
     house,
     "Desk & Charts",
     "paper, small things",
     "",
     "<p>Survives salt water, coffee and regret. We are still arguing about the label.</p>",
     {{{}, "HH-INK-30", 110, 1200, 1100, 24, 0}},
     state::draft},
};

}  // namespace

std::span<product const> home_products() { return table; }

}  // namespace sample
