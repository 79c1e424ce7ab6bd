"""The words that invented titles and overviews are made of, in sixteen languages and eleven scripts.

What belongs here: word lists and patterns. What does not: how they are drawn (``titles.py``). Nothing here is taken
from a real film; places and people are made up.
"""

# ruff: noqa: RUF001 - the letters of one script that look like another's are meant
from typing import Final, NamedTuple


class Language(NamedTuple):
    """How a language titles its films: a pattern with ``{a}`` and ``{b}``, and the words for each.

    Attributes:
        share: Of 100 films, how many are in this language.
        patterns: With ``{a}`` for an adjective or owner and ``{b}`` for a thing.
        a: Words for ``{a}``.
        b: Words for ``{b}``.
    """

    share: int
    patterns: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


ADJECTIVES: Final = _words(
    "Amber Borrowed Brittle Copper Crooked Distant Drowned Empty Feathered Forgotten Gilded Half-Lit Hollow Inland "
    "Ivory Lantern Last Late Left-Handed Lost Lukewarm Midnight Mirrored Misplaced Muted Ninth Northern Paper Patient "
    "Pale Quiet Reluctant Restless Rusted Salted Scarlet Second Seventh Silent Sleepless Slow Stolen Sunken Tidal "
    "Tin Unfinished Unlit Unsent Velvet Wandering Weathered Winter Wooden"
)
NOUNS: Final = _words(
    "Almanac Anchor Aquarium Archive Atlas Beekeeper Bellmaker Bridge Cartographer Carousel Cello Choir Clockmaker "
    "Comet Compass Conductor Courier Dispatch Echo Ferry Fisherman Furnace Garden Glacier Glassblower Greenhouse "
    "Harbour Harvest Heron Horizon Inventory Keeper Kite Lantern Ledger Letter Lighthouse Locksmith Magpie Marionette "
    "Meridian Mill Monsoon Moth Observatory Orchard Orchid Passenger Pendulum Pilot Postmaster Quarry Railway "
    "Reservoir Semaphore Shipwright Signal Sleeper Sparrow Staircase Submarine Telegraph Tide Tollkeeper Turnstile "
    "Umbrella Violin Voyage Waltz Watchtower Weaver Wharf Zeppelin"
)
PLACES: Final = _words(
    "Velmora,Karsund,Orsk-Nine,Tessalune,Brackenholt,Quillon,Marrowgate,Isfahel,Pellworm-on-Sea,Dunmarrow,Orrin,"
    "Castellane-Vey,Hallowmere,Zubrin,Anselwick,Torvik,Lumenau,Calder's End,Saint-Orsel,Grethel,Novy Brod,Ilmarsk,"
    "Heron Bay,Port Amara",
    ",",
)
PEOPLE: Final = _words(
    "Ottoline Brask,Casimir Vane,Ines Tolliver,Dragan Holm,Maribel Quist,Tomasz Ferrow,Yuki Arden,Leopold Sarr,"
    "Nadia Okonjo-Lind,Piet van Aalder,Rosalind Merrow,Jun Halvorsen,Amina Tresk,Viktor Ulvane,Sefa Morrin,"
    "Beatriz Calloway,Idris Penhall,Greta O'Malleen",
    ",",
)
ENGLISH_PATTERNS: Final = (
    *("The {a} {b}", "The {a} {b}", "{a} {b}", "{a} {b}s", "The {b} of {place}", "{b}s of {place}", "{place} {number}"),
    *("{person}'s {b}", "The {a} {b}: Part II", "The {b}, the {c}, and the {d}", "{b} & {c}", "{a} {b} {number}"),
    *("A {b} for {person}", "Return to {place}", "{number} {b}s", "The {b} Who Wasn't There", "{a} {b}!"),
    *("Who Took the {b}?", 'The "{a}" {b}', "{place}: A {a} {b}", "{person}, {b}", "Goodbye, {a} {b}"),
)
OVERVIEWS: Final = (
    "When a {a} {b} turns up in {place}, {person} has one night to return it before anyone notices.",
    "{person} has kept the {b} of {place} for thirty years; the last letter of the season is addressed to nobody.",
    'After the {a} flood, two rivals must share one {b}, one {c}, and a promise: "never again".',
    "In {place}, where every {b} is counted, {person} finds one too many.",
    "A {a} comedy about a {b}, a {c}, and the {number} people who claim to own both.",
    "{person} returns to {place} to sell the family {b}.\nThe {c} has other plans.",
    "They called it the {a} {b}. {person} called it home; the town of {place} called the police.",
    "Part road film, part {b} manual: {person} crosses {place} with a {a} {c} and no map.",
    "Based on nobody's true story, a {b} learns to wait.\r\n\r\nThen the {c} arrives in {place}.",
)

LANGUAGES: Final = {
    "en": Language(62, ("{a} {b}",), (), ()),  # titled by ENGLISH_PATTERNS
    "fr": Language(5, ("{b} {a}", "{b} d'hiver, {b} {a}"), ("oublié", "sans nom", "à l'aube", "perdu", "du Nord"),
                   ("L'horloge", "Le phare", "La forêt", "Le fleuve", "L'été", "Le cœur", "La gare")),
    "es": Language(5, ("{b} {a}", "¿Dónde está {b}?"), ("sin dueño", "de mañana", "del niño", "perdido", "de sal"),
                   ("El corazón", "La montaña", "El árbol", "La canción", "El señuelo", "El balcón")),
    "de": Language(3, ("{b} {a}",), ("aus Glas", "im Nebel", "ohne Schlüssel", "der Brüder", "am Fluß", "für später"),
                   ("Das Märchen", "Die Brücke", "Der Flügel", "Die Uhr", "Das Geräusch", "Der Vogel")),
    "it": Language(2, ("{b} {a}",), ("perduta", "di città", "che non c'è più", "d'inverno", "senza età"),
                   ("La casa", "L'isola", "La libertà", "La notte", "La voce", "La finestra")),
    "pl": Language(1, ("{a} {b}",), ("Zagubiony", "Żółty", "Ósmy", "Święty", "Cichy"),
                   ("księżyc", "źrebak", "młyn", "świt", "człowiek", "sąsiad")),
    "tr": Language(1, ("{a} {b}",), ("Kayıp", "Gümüş", "Sessiz", "Yağmurlu", "İlk"),
                   ("şehir", "gölge", "ırmak", "çığlık", "İstasyon", "ağaç")),
    "ja": Language(6, ("{a}{b}", "{a}{b}〜{b}篇〜", "劇場版 {a}{b}"),
                   ("静かな", "忘れられた", "青い", "真夜中の", "最後の", "遠い"),
                   ("灯台", "時計屋", "図書館", "海辺の手紙", "鉄道", "ランタン", "桜並木")),
    "ko": Language(4, ("{a} {b}",), ("잃어버린", "조용한", "마지막", "푸른", "열두 번째"),
                   ("등대", "편지", "겨울 정원", "시계탑", "바다", "기차역")),
    "zh": Language(4, ("{a}{b}", "{a}{b}：{b}"), ("寂静的", "最后的", "遗忘的", "午夜", "遥远的"),
                   ("灯塔", "钟表匠", "铁路", "花园", "信使", "河流")),
    "ru": Language(2, ("{a} {b}", "{a} {b} №7"), ("Тихий", "Последний", "Забытый", "Северный", "Ночной"),
                   ("маяк", "часовщик", "поезд", "сад", "берег", "ёж")),
    "hi": Language(2, ("{a} {b}",), ("खोया हुआ", "आख़िरी", "शांत", "नीला", "आधा"),
                   ("तूफ़ान", "ख़त", "दरवाज़ा", "सपना", "शहर")),
    "ar": Language(1, ("{b} {a}",), ("الأخير", "الصامت", "البعيد", "المنسي", "الأزرق"),
                   ("الميناء", "القطار", "الحارس", "البستان", "الفجر")),
    "th": Language(1, ("{b}{a}",), ("ที่หายไป", "สุดท้าย", "เงียบงัน", "ยามเที่ยงคืน"),
                   ("ประภาคาร", "จดหมาย", "สวน", "รถไฟ", "แม่น้ำ")),
    "el": Language(1, ("{b} {a}",), ("του βορρά", "χωρίς όνομα", "της νύχτας", "που χάθηκε"),
                   ("Ο φάρος", "Η γέφυρα", "Το ρολόι", "Η θάλασσα", "Ο δρόμος")),
    "he": Language(1, ("{b} {a}",), ("האחרון", "השקט", "הנשכח", "הכחול"),
                   ("המגדלור", "השעון", "המכתב", "הנמל", "הגן")),
}  # fmt: skip
"""Original languages by ISO 639-1 code."""
