// Who has bought what, and how far each order has come. People, addresses and numbers are invented; the
// e-mail addresses are in domains that are kept free for examples.
#include "sample/tables.hpp"

namespace sample {
namespace {

constexpr customer people[] = {
    {"Ines Carvalho", "ines.carvalho@example.com", "Rua das Velas 14", "Porto", "", "4050-612", "PT", ""},
    {"Jonas Petersen", "jonas@example.org", "Fischmarkt 3", "Flensburg", "", "24937", "DE",
     "+49 461 5550147"},
    {"Ruth Abernathy", "ruth.abernathy@example.com", "48 Wharf Street", "Portland", "ME", "04101", "US",
     "+1 207 555 0132"},
    {"Mei Tanaka", "mei.tanaka@example.net", "1207 Alder Court", "Seattle", "WA", "98101", "US", ""},
    {"Luc Kermarec", "luc.kermarec@example.org", "5 quai des Brumes", "Concarneau", "", "29900", "FR",
     "+33 2 98 55 01 29"},
    {"Saoirse Doyle", "saoirse@example.com", "2 Slip Lane", "Kinsale", "Cork", "P17 XY00", "IE", ""},
    {"Marcus Bell", "marcus.bell@example.net", "910 Bayfront Avenue", "Annapolis", "MD", "21401", "US",
     "+1 410 555 0188"},
    {"Anneke de Wit", "anneke.dewit@example.com", "Kadestraat 21", "Enkhuizen", "", "1601 AA", "NL", ""},
    {"Tomás Herrera", "tomas.herrera@example.org", "Calle del Faro 7", "Cádiz", "", "11001", "ES",
     "+34 956 555 016"},
    {"Priya Raman", "priya.raman@example.com", "77 Harbor View Road, Apt 4", "Sausalito", "CA", "94965", "US",
     "+1 415 555 0110"},
    {"Giulia Ferri", "giulia.ferri@example.net", "Via dei Cordai 9", "Camogli", "GE", "16032", "IT", ""},
    {"Elias Hoffmann", "elias.hoffmann@example.com", "Am Leuchtturm 1", "Warnemünde", "", "18119", "DE", ""},
    {"Nora Whitcomb", "nora@example.net", "3 Lobster Cove Lane", "Camden", "ME", "04843", "US",
     "+1 207 555 0175"},
    {"Daniel Osei", "daniel.osei@example.org", "266 Lakeshore Drive", "Duluth", "MN", "55802", "US", ""},
};

using enum orders::order_status;
constexpr bool usd = false;
constexpr bool eur = true;
constexpr std::size_t standard = 0;
constexpr std::size_t express = 1;
constexpr std::size_t collect = 2;

// In the order in which they were placed.
constexpr order table[] = {
    {0, eur, standard, {{"HH-FS-M-O", 1}, {"HH-WC-R", 1}}, delivered, pending, false, true},
    {2, usd, standard, {{"HH-HUR-B", 2}, {"HH-SCN-6", 1}}, delivered, pending, false, true},
    {1, eur, express, {{"HH-OC-L-O", 1}, {"HH-DB-43", 1}, {"HH-BSK-41", 3}}, delivered, pending, false, true},
    {3, usd, standard, {{"HH-CH-A2", 1}, {"HH-LB-L", 2}}, delivered, pending, false, true},
    {6, usd, express, {{"HH-DL-09-N", 4}, {"HH-HC-150", 4}}, delivered, pending, false, true},
    {4, eur, standard, {{"HH-EM-B", 4}, {"HH-COC-250", 2}, {"HH-TIN-1", 1}}, delivered, pending, false, true},
    {5, eur, standard, {{"HH-BB-W", 1}}, delivered, pending, false, true, "Left with the harbour master"},
    {9, usd, express, {{"HH-HBC-1", 1}, {"HH-DIV-1", 1}, {"HH-PR-38", 1}}, shipped, pending, false, true},
    {7, eur, standard, {{"HH-SB-60", 1}, {"HH-NK-I", 2}}, shipped, pending, false, true},
    {8, eur, standard, {{"HH-AL-12V", 1}, {"HH-BS-08", 6}, {"HH-SC-06", 2}}, shipped, pending, false, true},
    {12, usd, standard, {{"HH-PM-30", 1}}, shipped, pending, false, true, "Two parcels, one of them heavy"},
    {13, usd, standard, {{"HH-MAT-75", 1}, {"HH-HOOK-3", 2}}, shipped, pending, false, true},
    {10,
     eur,
     express,
     {{"HH-BELL-12", 1}},
     cancelled,
     confirmed,
     false,
     true,
     "Engraving not possible in time",
     true},
    {11, eur, standard, {{"HH-BT-L", 1}, {"HH-SW-Y", 1}}, processing, pending, false, true},
    {2, usd, standard, {{"HH-FS-L-N", 2}}, processing, pending, false, true},
    {0, eur, express, {{"HH-CK-18", 1}, {"HH-SK-24", 1}}, processing, pending, false, true},
    {6, usd, collect, {{"HH-AB-14", 4}}, processing, pending, false, true, "The fourth comes from the loft"},
    {3, usd, standard, {{"HH-RT-O", 1}}, cancelled, pending, true, false, "Ordered the wrong colour"},
    {4, eur, collect, {{"HH-TM-100", 3}, {"HH-BP-32", 2}}, processing, pending, false, true},
    {12, usd, standard, {{"HH-KB-12", 1}, {"HH-LB-P", 1}, {"HH-EM-W", 6}}, confirmed, pending, false, true},
    {7,
     eur,
     standard,
     {{"HH-BAR-1", 2}},
     confirmed,
     pending,
     false,
     true,
     "One of the two is on its way to us"},
    {8, eur, express, {{"HH-HUR-K", 1}}, confirmed, pending, false, true},
    {9, usd, standard, {{"HH-OC-M-S", 1}, {"HH-WC-N", 1}}, confirmed, pending, false, true},
    {13,
     usd,
     standard,
     {{"HH-HAM-1", 1}},
     cancelled,
     processing,
     false,
     true,
     "Parcel damaged while packing"},
    {5, eur, standard, {{"HH-FS-X-N", 1}}, confirmed, pending, false, true, "To be knitted"},
    {10, eur, standard, {{"HH-CH-A3", 2}}, pending},
    {1, eur, standard, {{"HH-HL-20", 1}, {"HH-BS-10", 2}}, pending},
    {2, usd, express, {{"HH-GL-01", 1}}, pending},
    {11, eur, standard, {{"HH-DL-12-N", 2}, {"HH-SC-04", 3}}, pending, pending, false, true},
    {6, usd, standard, {{"HH-RK-1", 1}, {"HH-DIT-1", 1}}, pending},
    {3, usd, collect, {{"HH-COC-250", 2}, {"HH-BSK-36", 1}, {"HH-EM-G", 2}}, pending},
    {12, usd, standard, {{"HH-PM-45", 2}}, cancelled, pending, true, false, "Found one at the flea market"},
};

}  // namespace

std::span<customer const> customers() { return people; }
std::span<order const> placed_orders() { return table; }

}  // namespace sample
