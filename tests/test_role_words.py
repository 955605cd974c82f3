"""One reader of the words for roles: any place, case, separator, accent, several languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.perception.coco import COCO_NAMES
from touchline.role_words import role_of
from touchline.types import ROLES

NAMES: dict[str | None, list[str]] = {
    "player": [
        "player team left",
        "player with ball",
        "team1",
        "team_2",
        "Team-A players",
        "team A",
        "player_red",
        "player_blue",
        "athlete",
        "Spieler",
        "Spieler (mit Ball)",
        "jugador (con balón)",
        "jugadores",
        "joueur",
        "Joueuses",
        "football player",
        "FootballPlayer",
        "Player team unknown 1",
        "player-in-possession",
        "player number 10",
        "player no 7",
        "player #10",
        "player in red shirt",
        "player without ball",
        "home",
        "away",
        "home_player",
        "Heimspieler",
        "playerwithball",
        "teamred",
        "red team",
        "Fußballspieler",
        "piłkarz",
        "игрок",
        "带球球员",
        "足球运动员",
        "選手",
        "선수",
        "player.left",
        "PLAYER/TEAM/1",
        "team 1 player",
        "player 1",
        "Team 1",
        "equipo 1",
        "Équipe A",
        "team left",
        "left team",
        "jogador",
        "giocatori",
        "speler",
        "player left",
        "Spieler mit Ball",
        "Spielerin",
        "Spieler:in",
        "teams",
        "Equipe",
        "Soccer Player",
        "outfield player",
        "player (left)",
        "playerA",
        "team_left_player",
        "ball player",
        "woman player",
        "substitute player",
        "oyuncu",
        "spillere",
        "spelare",
        "PlayerTeamA",
        "team1_player",
        "Players",
        "football_player",
    ],
    "goalkeeper": [
        "goalkeepers team right",
        "goalkeeper team left",
        "goalie",
        "portero",
        "Torwart",
        "gardien de but",
        "keeper",
        "goalKeeper",
        "GoalkeeperTeamLeft",
        "GKLeft",
        "goal keeper",
        "Torhüter",
        "Torhueter",
        "Вратарь",
        "守门员",
        "골키퍼",
        "goleiro",
        "portiere",
        "doelman",
        "guarda-redes",
        "GK",
        "gk1",
        "player-goalkeeper",
        "Torwart Team A",
        "Player_GK",
        "kaleci",
        "målvakt",
        "målmand",
        "goalkeeper_team1",
        "keepers",
    ],
    "referee": [
        "árbitro",
        "Schiedsrichter",
        "ref",
        "linesman",
        "Linesmen",
        "Main referee",
        "Side referee",
        "match officials",
        "official",
        "судья",
        "裁判",
        "assistant referee",
        "referee 2",
        "referees",
        "scheidsrechter",
        "referee left",
        "arbitre",
        "juge de touche",
        "juez de línea",
        "referee_main",
        "hakem",
        "Assistenzschiedsrichter",
        "linesman assistant",
        "referee assistant",
        "Assistant Referee",
        "REF",
    ],
    "ball": [
        "sports ball",
        "ball",
        "BALL",
        "football",
        "ball-in-basket",
        "Fußball",
        "мяч",
        "足球",
        "ball_white",
        "ball 1",
        "bola",
        "pallone",
        "voetbal",
        "ball out of play",
        "pelota",
        "balón de fútbol",
        "ballon de foot",
        "ballon de football",
        "soccer_ball",
        "tennis ball",
        "Soccer-Ball",
    ],
    None: [
        "Staff members",
        "ball boy",
        "ballboy",
        "number",
        "player number",
        "jersey number",
        "player bench",
        "player shirt",
        "head of player",
        "non-player",
        "non_player",
        "nonplayer",
        "no ball",
        "home goal",
        "goal",
        "goalpost",
        "goal post",
        "team staff",
        "team coach",
        "coach",
        "goalkeeper coach",
        "team official",
        "white",
        "spectator",
        "basketball hoop",
        "football pitch",
        "soccer field",
        "with ball",
        "with_ball",
        "0",
        "",
        "1",
        "player's coach",
        "dog",
        "baseball glove",
        "baseball bat",
        "left",
        "background",
        "other",
        "others",
        "unknown",
        "goalkeeper area",
        "penalty area",
        "trainer",
        "fan",
    ],
    "person": [
        "human",
        "persons",
        "people",
        "person with ball",
    ],
}


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for role, names in NAMES.items() for name in names]
)
def test_a_name_tells_its_role_wherever_the_word_stands(name: str, role: str | None) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize("separator", [" ", "_", "-", ".", "/", "  ", ": "])
@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("player team left", "player"),
        ("goalkeepers team right", "goalkeeper"),
        ("jugador con balón", "player"),
        ("sports ball", "ball"),
        ("árbitro principal", "referee"),
    ],
)
def test_case_and_separators_do_not_matter(words: str, role: str, separator: str) -> None:
    spelled = words.replace(" ", separator)
    assert role_of(spelled) == role_of(spelled.upper()) == role_of(spelled.title()) == role


def test_of_cocos_names_two_are_roles() -> None:
    told = {name: role for name in COCO_NAMES if (role := role_of(name))}
    assert told == {"person": "person", "sports ball": "ball"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_tells_itself(role: str) -> None:
    assert role_of(role) == role


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_a_role_or_none(name: str) -> None:
    assert role_of(name) in (*ROLES, None)
