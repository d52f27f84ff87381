"""The words that signs carry."""

import numpy as np


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NAMES = _listed("""
HOTEL Hotel Bakery BAKERY Café CAFÉ Coffee COFFEE Market Pharmacy Florist Barber BARBER Tailor Books BOOKS Bookshop
Movie CINEMA Theatre Museum Gallery Garage Laundry Library Station Airport Harbour Parking PARKING Restaurant
RESTAURANT Bistro Brasserie Trattoria Pizzeria PIZZA Pizza Burger Noodles Sushi Kebab Grill Diner Tavern Saloon
Brewery Winery Butcher Grocery Fruits Flowers Shoes SHOES Watches Jewels Optics Dentist Doctor Clinic Hospital School
College Academy Church Gardens Stables Farm Dairy Mill Forge Foundry Works Motors Tyres Bicycles Toys Games Records
Music Piano Guitars Bank Post Police Embassy Office Studio Salon Beauty Spa Fitness Yoga Dance Club Lounge Palace
Royal Grand Golden Silver Crown Lion Swan Eagle Rose Lily Anchor Bell Castle Bridge River Ocean Beach Island Mountain
Valley Forest Garden Sunset Aurora Victoria Elizabeth Oxford Camden Bristol Madrid Lisboa Napoli Wien München Zürich
Köln Málaga Córdoba Genève Orléans Größe Straße Bäckerei Frühstück Gemüse Blumen Apotheke Bahnhof Rathaus Gasthof
Metzgerei Fleischerei Schloß Königin Crêperie Pâtisserie Boulangerie Épicerie Théâtre Tabac Fromage Marché Librairie
Coiffeur Façade Señor Niño Español Peluquería Panadería Farmacia Plaza Avenida Fiesta Tacos Jalapeño Açaí Pão Açúcar
Coração Ålesund Tromsø Smørrebrød Øl
""")

_NOTICES = _listed("""
OPEN Open CLOSED Closed SALE Sale EXIT Exit ENTER Entrance STOP Stop SLOW YIELD DANGER Danger WARNING CAUTION Private
PRIVATE PROPERTY KEEP OUT Push PULL Welcome Please Thanks Reserved STAFF ONLY NO SMOKING Toilets LADIES GENTS Lift
Stairs Tickets TICKETS Reception Information INFO Platform Gate Fire EXTINGUISHER Emergency Assembly Point FRAGILE
Rent RENT Vacancy Street STREET Avenue AVE. Road ROAD Lane Square Drive Blvd. St. Court Place Terrace Alley Quay West
EAST North SOUTH Left RIGHT Back Ahead One Way Dead End Detour Bus BUS Taxi TAXI Tram Metro Ferry Bike Rooms Beds Bar
Beer Wine Tea Fresh FRESH Daily Hot Cold New NEW Best Free FREE Wi-Fi Made Hand-made Since Est. Family & Sons Bros.
Ltd. Co. Inc. The Old Little Big Super Extra Mega Mini Happy Hour Lunch LUNCH Dinner Breakfast Special Offer Half
Price Discount Off Don't Joe's Mario's Anna's O'Brien McKay's Kids Pets Dogs Cats Fish Fish&Chips Rock'n'Roll
Bed&Breakfast D&G A-Z
""")

_NUMBERS = _listed("""
24h 24/7 7 12 19 42 88 101 221B 365 1900 1924 1987 2020 No.7 No.12 #5 A4 B52 C3PO E17 M25 R66 Q8 7-Eleven 3D 4x4 50%
20% -30% $5 $9.99 €12 £3.50 5€ 99¢ 8:30 9-18 10:00 17:45 0800 555-0199 +49 (030) 1st 2nd 3rd 10th km/h 60mph 30 50 80
120 2.5m
""")

TIGHT_WORDS = ("Movie", "HOTEL", "Bakery", "MARKET", "Coffee", "Motors", "RETRO", "Vinyl")
HOLE_WORDS = ("BROAD", "8", "ROAD", "BOARD", "Pagoda", "6809", "DOOR", "80", "ABOARD", "BQ4")


def draw_words(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """`count` words: mostly names and notices, about one in six a number, a price or a time.

    Some are set in capitals whatever their usual spelling, as on signs.
    """
    words = []
    for _ in range(count):
        share = rng.random()
        pool = _NUMBERS if share < 0.17 else _NOTICES if share < 0.5 else _NAMES
        word = str(pool[rng.integers(len(pool))])
        if "ß" not in word and rng.random() < 0.2:
            word = word.upper()
        words.append(word)
    return tuple(words)
