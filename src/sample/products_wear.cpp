// What the crew wears and carries: foul-weather gear, knitwear, bags.
#include "sample/tables.hpp"

namespace sample {
namespace {

constexpr std::string_view mill = "Saltmarsh Mill";
constexpr std::string_view knitters = "North Sound Knitters";
constexpr std::string_view house = "Halyard & Hearth";

constexpr product table[] = {
    {"oilskin-coat",
     "Oilskin coat",
     mill,
     "Foul-Weather Gear",
     "waterproof, cotton, bestseller",
     "Size, Colour",
     "<p>Tightly woven cotton, waxed four times and cut long enough to sit down in. It creases like a face "
     "and "
     "can be waxed again for as long as you like each other.</p><ul><li>Double yoke, storm cuffs, hood in "
     "the "
     "collar</li><li>Re-waxing tin in the pocket</li></ul>",
     {{{"S", "Ochre"}, "HH-OC-S-O", 1450, 24900, 22900, 9, 2},
      {{"S", "Slate"}, "HH-OC-S-S", 1450, 24900, 22900, 7, 1},
      {{"M", "Ochre"}, "HH-OC-M-O", 1520, 24900, 22900, 16, 3},
      {{"M", "Slate"}, "HH-OC-M-S", 1520, 24900, 22900, 14, 3},
      {{"L", "Ochre"}, "HH-OC-L-O", 1600, 24900, 22900, 12, 2},
      {{"L", "Slate"}, "HH-OC-L-S", 1600, 24900, 22900, 0, 2},
      {{"XL", "Ochre"}, "HH-OC-X-O", 1690, 24900, 22900, 5, 0},
      {{"XL", "Slate"}, "HH-OC-X-S", 1690, 24900, 22900, 0, 0}}},
    {"bib-trousers",
     "Bib trousers",
     mill,
     "Foul-Weather Gear",
     "waterproof",
     "Size",
     "<p>High at the back, wide at the knee, and braces that stay up while you kneel. Seams taped, seat "
     "doubled: boats are wet where one sits.</p>",
     {{{"S"}, "HH-BT-S", 890, 14900, 13700, 10, 2},
      {{"M"}, "HH-BT-M", 940, 14900, 13700, 18, 3},
      {{"L"}, "HH-BT-L", 990, 14900, 13700, 15, 3},
      {{"XL"}, "HH-BT-XL", 1040, 14900, 13700, 6, 0}}},
    {"souwester",
     "Sou'wester",
     mill,
     "Foul-Weather Gear",
     "waterproof, hats",
     "Colour",
     "<p>The hat that made the weather respectable. Long brim behind, short in front, flannel over the "
     "ears.</p>",
     {{{"Yellow"}, "HH-SW-Y", 180, 3900, 3600, 40, 10}, {{"Black"}, "HH-SW-K", 180, 3900, 3600, 22, 6}}},
    {"deck-boots",
     "Deck boots",
     mill,
     "Foul-Weather Gear",
     "waterproof, shoes",
     "Size",
     "<p>Natural rubber with a razor-cut sole that lets go of water and of nothing else. Lined with cotton; "
     "order the size of your thickest socks.</p>",
     {{{"38"}, "HH-DB-38", 1500, 9900, 8900, 6, 1},
      {{"39"}, "HH-DB-39", 1540, 9900, 8900, 8, 1},
      {{"40"}, "HH-DB-40", 1580, 9900, 8900, 9, 2},
      {{"41"}, "HH-DB-41", 1620, 9900, 8900, 12, 2},
      {{"42"}, "HH-DB-42", 1660, 9900, 8900, 14, 3},
      {{"43"}, "HH-DB-43", 1700, 9900, 8900, 11, 2},
      {{"44"}, "HH-DB-44", 1740, 9900, 8900, 5, 0},
      {{"45"}, "HH-DB-45", 1780, 9900, 8900, 0, 0, 6}}},
    {"fishermans-sweater",
     "Fisherman's sweater",
     knitters,
     "Knitwear",
     "wool, bestseller",
     "Size, Colour",
     "<p>Undyed wool with the lanolin left in, knitted in the round so there is no seam to leak. Every "
     "village "
     "had its pattern; ours is three ropes and a ladder.</p>",
     {{{"S", "Oat"}, "HH-FS-S-O", 780, 13900, 12700, 10, 3},
      {{"S", "Navy"}, "HH-FS-S-N", 780, 13900, 12700, 8, 3},
      {{"M", "Oat"}, "HH-FS-M-O", 840, 13900, 12700, 20, 4},
      {{"M", "Navy"}, "HH-FS-M-N", 840, 13900, 12700, 17, 4},
      {{"L", "Oat"}, "HH-FS-L-O", 910, 13900, 12700, 14, 3},
      {{"L", "Navy"}, "HH-FS-L-N", 910, 13900, 12700, 2, 0},
      {{"XL", "Oat"}, "HH-FS-X-O", 980, 13900, 12700, 4, 1},
      {{"XL", "Navy"}, "HH-FS-X-N", 980, 13900, 12700, 0, 0, 10}}},
    {"watch-cap",
     "Watch cap",
     knitters,
     "Knitwear",
     "wool, hats, gift",
     "Colour",
     "<p>Ribbed, double over the ears, short enough not to flop. Knitted from what the sweaters leave over, "
     "which is why the colours match.</p>",
     {{{"Navy"}, "HH-WC-N", 95, 2900, 2700, 70, 25},
      {{"Rust"}, "HH-WC-R", 95, 2900, 2700, 45, 15},
      {{"Oat"}, "HH-WC-O", 95, 2900, 2700, 52, 18}}},
    {"boot-socks",
     "Boot socks",
     knitters,
     "Knitwear",
     "wool, small things, gift",
     "Size",
     "<p>Terry inside, wool outside, a heel that was counted by hand. They dry overnight on the kettle "
     "rail.</p>",
     {{{"36-40"}, "HH-BSK-36", 130, 2400, 2200, 60, 20}, {{"41-46"}, "HH-BSK-41", 150, 2400, 2200, 72, 20}}},
    {"cotton-neckerchief",
     "Cotton neckerchief",
     house,
     "Knitwear",
     "cotton, small things, gift",
     "Colour",
     "<p>Sixty centimetres square and of no fixed purpose: collar, sling, strainer, flag. Washed twice "
     "before "
     "you get it.</p>",
     {{{"Red"}, "HH-NK-R", 40, 1600, 1450, 90, 20, 0, 1900, 1750},
      {{"Indigo"}, "HH-NK-I", 40, 1600, 1450, 85, 20, 0, 1900, 1750}}},
    {"gansey-cardigan",
     "Gansey cardigan",
     knitters,
     "Knitwear",
     "wool, autumn",
     "Size",
     "<p>The fisherman's sweater for people who come indoors: five horn buttons and two pockets. In our "
     "windows "
     "from September.</p>",
     {{{"S"}, "HH-GC-S", 820, 15900, 14600},
      {{"M"}, "HH-GC-M", 880, 15900, 14600},
      {{"L"}, "HH-GC-L", 950, 15900, 14600}},
     state::draft},
    {"sea-bag",
     "Sea bag",
     house,
     "Bags",
     "canvas, bestseller",
     "Volume",
     "<p>A cylinder of No. 4 canvas with a rope to close it and a second skin where it meets the quay. "
     "Everything you own, and the thing you need is at the bottom.</p>",
     {{{"40 l"}, "HH-SB-40", 1100, 8900, 8200, 19, 5}, {{"60 l"}, "HH-SB-60", 1350, 10900, 9900, 13, 3}}},
    {"ditty-bag",
     "Ditty bag",
     house,
     "Bags",
     "canvas, sewing, gift",
     "",
     "<p>For palm, needles, twine and wax, with loops that keep them apart. Empty, so you can fill it with "
     "your own; it makes a decent lunch bag too.</p>",
     {{{}, "HH-DIT-1", 260, 3400, 3100, 44, 9}}},
    {"roll-top-pack",
     "Roll-top pack, 25 l",
     house,
     "Bags",
     "waterproof",
     "Colour",
     "<p>Welded, not sewn: it floats, with your laptop in it, for as long as it takes you to notice. Padded "
     "straps and one outside pocket for wet things.</p>",
     {{{"Signal orange"}, "HH-RT-O", 920, 11900, 10900, 15, 4},
      {{"Slate"}, "HH-RT-S", 920, 11900, 10900, 21, 4}}},
    {"oilcloth-tote",
     "Oilcloth tote",
     house,
     "Bags",
     "discontinued",
     "",
     "<p>Our first bag, cut from coat ends. The mill has stopped weaving the cloth, and we have stopped "
     "pretending we can find it elsewhere.</p>",
     {{{}, "HH-TOTE-1", 480, 5900, 5400}},
     state::archived},
};

}  // namespace

std::span<product const> wear_products() { return table; }

}  // namespace sample
