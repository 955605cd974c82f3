"""The words by which people name the roles of football: the one reader of such names.

Class names of detectors, labels of images and role files all come here, so that a word means the
same role everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

UNKNOWN_ROLE = "person"
"""The role of somebody whose role is not given, or is none of ours."""

_WORDS = {
    "goalkeeper": """
        goalkeeper goalkeep goalie keeper goaltender netminder gk
        torwart torwartin torhuter torhueter torhuterin torhueterin torfrau tormann
        portero portera guardameta arquero arquera golero golera guardavallas cancerbero
        gardien gardienne portiere portieri goleiro goleira guardaredes
        doelman doelverdediger doelvrouw malvakt malmand maalivahti bramkarz kaleci brankar
        vratar golman kapus portar kiper вратарь голкипер воротар τερματοφυλακας حارس
        守门员 守門員 门将 門將 キーパー 골키퍼""",
    "referee": """
        referee ref official umpire linesman linesmen lineswoman lineswomen linesperson arbiter
        schiedsrichter schiedsrichterin schiedsrichterinnen schiri linienrichter linienrichterin
        unparteiischer unparteiische arbitro arbitra colegiado linier juez jueza arbitre juge
        arbitri guardalinee juiz juiza bandeirinha scheidsrechter grensrechter scheids
        domare linjedomare dommer linjedommer sedzia sedziowie hakem rozhodci sudac sudija
        jatekvezeto arbitru erotuomari wasit судья судьи арбитр рефери суддя διαιτητης حكم
        裁判 主審 副審 심판""",
    "player": """
        player footballer soccerplayer outfielder fielder athlete sportsman sportsmen sportswoman
        sportswomen sportsperson teammate defender midfielder attacker striker winger forward
        dribbler possessor spieler spielerin spielerinnen feldspieler fussballer fussballerin
        fussballerinnen athlet athletin athleten sturmer verteidiger mittelfeldspieler
        jugador jugadora jugadores jugadoras futbolista deportista atleta
        joueur joueuse footballeur footballeuse sportif sportive
        giocatore giocatori giocatrice giocatrici calciatore calciatori calciatrice calciatrici
        jogador jogadora jogadores jogadoras speler speelster voetballer voetbalster
        spelare spiller spillere pelaaja zawodnik zawodniczka gracz pilkarz oyuncu futbolcu
        hrac igrac jatekos jucator pemain игрок игроки футболист гравець παικτης لاعب
        选手 選手 球员 球員 运动员 運動員 선수""",
    "person": """
        person people pedestrian human mensch menschen leute persona gente personne pieton
        persone pessoa persoon mensen человек люди 行人 人 사람""",
    "ball": """
        ball football soccerball sportsball matchball gameball balle fussball balon pelota ballon
        pallone palla bola bal voetbal boll fotboll bold pilka lopta labda minge pallo
        мяч μπαλα كرة 足球 ボール 공 축구공""",
}
"""Words of each role, the more special role first: in a name that tells several, that one counts
("player-goalkeeper" is a keeper, "player with ball" a player, "football player" no ball)."""

_TEAM = """
    team squad equipo equipe equipa mannschaft squadra druzyna takim команда equipes"""
"""Words that tell a player where nothing else is said: "team1", "red team"."""

_SIDES = """
    home away host visitor guest heim gast local visitante domicile exterieur left right links
    rechts izquierda derecha gauche droite unknown one two first second
    red blue white black green yellow orange purple pink grey gray brown cyan light dark"""
"""Words that say which team; "home" and "away" alone are its players."""
_ALONE = "home away host visitor heim gast visitante domicile exterieur"

_OTHERS = """
    coach manager staff doctor medic physio trainer bench steward security
    spectator fan crowd audience public supporter photographer cameraman journalist mascot
    boy girl kid child children baby crew parent entrenador entraineur allenatore treinador
    zuschauer publico spectateur ballboy ballgirl ballkid
    number jersey shirt kit bib short sock shoe boot glove hat bag head face foot feet leg arm hand
    torso shadow keypoint name logo text card whistle flag area zone spot line circle
    goal goalpost post crossbar bar net gate gates corner pitch field court grass stadium stand
    seat board banner score scoreboard hoop basket bat racket machine pump cart cone
    possession control trajectory track path heatmap background tor banc banquillo"""
"""What is no role, though a role's word may stand before it: "team staff", "player number"."""

_WITH = """
    with in of on at from by near without and or mit ohne von im am con sin de del en avec sans
    du des au com sem do da senza di della met zonder van med utan og bez z ile"""
"""Words that begin an addition: what follows says something of what stands before."""

_NOT = "no not non without kein keine keinen ohne sin sans senza sem nicht pas zonder utan"
"""Words that take back the word behind them, but for "no 7"."""

_STEMS = {
    "goalkeeper": "goalkeeper torwart schlussmann",
    "referee": "referee schiedsrichter linesman",
    "player": "player spieler speler jugador fussballer footballer",
}
"""Words that count inside a longer one too: "Heimspieler", "playerwithball"."""

_LATIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "’": "", "'": ""}
)
_SHORT_SCRIPT = 0x2E80
"""From this letter on, scripts write words without blanks between: a part of one counts."""


def role_of(name: str) -> str | None:
    """The role that a name tells, wherever in it the word stands; None if it tells none.

    In any case, number, spelling and separators, with or without accents, and in several
    languages: ``player team left``, ``Spieler (mit Ball)`` and ``team1`` are players,
    ``goalkeepers team right`` are goalkeepers, ``sports ball`` is a ball, ``ball boy`` nothing.
    """
    words = _words(name)
    head = _head(words)
    if not head or head[-1] in _NO_ROLE or _names_a_part(words):
        return None
    told = {role for role in map(_role_of_word, _with_pairs(_not_taken_back(words))) if role}
    for role in ("goalkeeper", "referee", "player"):
        if role in told:
            return None if role == "referee" and _is_team_official(words) else role
    if any(word in _NO_ROLE for word in head):
        return None
    if "person" in told:
        return "person"
    if any(_singular(word) in _TEAM_WORDS or word.startswith("team") for word in head):
        return "player"
    if _ALONE_WORDS & set(head) and all(word in _SIDE_WORDS or len(word) == 1 for word in head):
        return "player"
    return "ball" if "ball" in told and words[0] not in _ADDITIONS else None


def _words(name: str) -> list[str]:
    """The words of a name in small letters without accents, and its numbers."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    folded = unicodedata.normalize("NFKD", apart.casefold().translate(_LATIN_LETTERS))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    composed = unicodedata.normalize("NFC", plain)
    return re.findall(r"[^\W\d_]+|\d+", composed)


def _head(words: list[str]) -> list[str]:
    """The words before the first addition, without numbers and who is left or right."""
    for place, word in enumerate(words):
        if word in _ADDITIONS and place:
            words = words[:place]
            break
    named = [word for word in words if not word.isdecimal()]
    # "player number 10" has a number, "player number" is one.
    if len(named) < len(words) and len(named) > 1 and named[-1] in ("number", "no", "nr"):
        named = named[:-1]
    while len(named) > 1 and (named[-1] in _SIDE_WORDS or len(named[-1]) == 1):
        named = named[:-1]
    return named


def _names_a_part(words: list[str]) -> bool:
    """Whether a part of somebody is named: ``head of player``."""
    return len(words) > 2 and words[0] in _NO_ROLE and words[1] in _ADDITIONS


def _not_taken_back(words: list[str]) -> list[str]:
    taken = {
        place + 1
        for place, word in enumerate(words[:-1])
        if word in _NEGATIONS and not words[place + 1].isdecimal()
    }
    return [word for place, word in enumerate(words) if place not in taken]


def _with_pairs(words: list[str]) -> list[str]:
    """The words, and each with the next as one: ``goal keeper``."""
    return [*words, *(first + second for first, second in pairwise(words))]


def _role_of_word(word: str) -> str | None:
    for form in (word, _singular(word)):
        if form in _ROLE_OF:
            return _ROLE_OF[form]
    for stem, role in _STEM_ROLES.items():
        if stem in word and not word.startswith(("non", "nicht")):
            return role
    if word[0] >= chr(_SHORT_SCRIPT):
        return next((role for part, role in _ROLE_OF.items() if _is_inside(part, word)), None)
    return None


def _is_inside(part: str, word: str) -> bool:
    # One letter alone is too little: the sign for a person ends many words.
    return len(part) > 1 and part[0] >= chr(_SHORT_SCRIPT) and part in word


def _is_team_official(words: list[str]) -> bool:
    official = {"official", "officials"} & set(words)
    return bool(official) and bool(_TEAM_WORDS & set(words)) and len(words) == 2


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def _listed(text: str) -> frozenset[str]:
    return frozenset("".join(_words(word)) for word in text.split())


def _with_plurals(text: str) -> frozenset[str]:
    return _listed(text) | frozenset(word + "s" for word in _listed(text))


_ROLE_OF = {word: role for role, words in _WORDS.items() for word in _listed(words)}
_STEM_ROLES = {stem: role for role, stems in _STEMS.items() for stem in stems.split()}
_TEAM_WORDS = _listed(_TEAM)
_SIDE_WORDS = _with_plurals(_SIDES)
_ALONE_WORDS = _with_plurals(_ALONE)
_NO_ROLE = _with_plurals(_OTHERS)
_ADDITIONS = _listed(_WITH)
_NEGATIONS = _listed(_NOT)
