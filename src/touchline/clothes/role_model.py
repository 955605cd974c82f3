"""What a person of a clip may be, what speaks for it, and how much: the numbers of ``roles``."""

from __future__ import annotations

from dataclasses import dataclass

LABELS = ("player", "goalkeeper", "referee", "person")
"""What somebody may be; ``person``: none of the others, as staff, or not known."""

PLAYER, KEEPER, REFEREE, OTHER = range(len(LABELS))

REASONS = ("detector", "kit", "place", "shorts", "together", "presence", "alike")
"""What speaks for a role: classes of single frames; nearness to a team's kit; whether somebody
stands among the players, beyond them all or at their side; how dark shorts and socks are beside the
shirt; how many wear it at once; how long it is in view; how near it is to other kits that are
likely the officials'. The last four are said of a kit."""


@dataclass(frozen=True, slots=True)
class RoleModel:
    """How much each kind of evidence says. Rows of tables are in the order of ``LABELS``.

    votes: pseudo-counts of a Dirichlet over the classes player, goalkeeper, referee that a
    detector gives somebody of each role in a second of video: small ones, since it makes the same
    mistake again for as long as somebody looks the same. votes_of_players: the sum of those of
    players, whose shares come from the clip itself: so a team whose kit looks like a referee's
    takes nothing from it. wearers: so many people's worth of the shares in ``votes`` count beside
    those of a kit's wearers. max_votes: most log odds that the classes of one person come to.
    called_player: log odds for somebody called player rather than person, where that is all the
    detector tells. taught: log odds for somebody of no role where it tells roles: it was taught
    to leave others out.
    reach: distance from a team's kit, in units of noise, at which a player seen badly and somebody
    in another kit are as likely. kit_slope: log odds a unit. min_kit, max_kit: least and most that
    they come to. one_team: most against a player where the other team's kit is not known.
    shorts: means and standard deviations of three lightnesses (8-bit L): shorts minus shirt,
    shorts, socks. max_shorts: most that they say: no more than some thirty kits can tell.
    places: probabilities that somebody stands mostly among the players, beyond them all at an end
    of the image's width, of its height, or of both.
    pitch: probabilities of ``pitch_places.CELLS`` where the camera is known; then ``places`` says
    nothing.
    presence: the two parameters of a Beta over the share of the clip in which a kit is seen.
    prior: log probabilities of a kit that is neither team's. another: added for each kit of
    keepers beyond the second, and each of officials beyond the first.
    together: log probabilities that one, two, three, four or more in one kit are seen at once.
    officials_apart: mean and standard deviation of the distance between clothes of two officials,
    one in the sun or before boards and the other not, and of an official and somebody in another
    kit. max_alike: most that it says.
    few: log probabilities that of a team no more than none, one, two, three are seen at once, where
    many of the other are. min_officials: log odds from which such a kit is the officials'.
    person_prior: log probabilities of somebody whose kit is not looked at as a whole.
    min_probability: below, a role is not named.

    Shorts: 10 matches of the DFL (``det/dfl_players``), wider than measured, for other light.
    Places, distances and votes: SNMOT-060, v_HdiyOtliFiw_c003 and three rendered matches, rounded.
    The others are what follows from the laws and from who is in the picture of a match.
    ``benchmarks/roles.py`` measures what they give.
    """

    votes: tuple[tuple[float, float, float], ...] = (
        (0.97, 0.015, 0.015),
        (0.6, 0.6, 0.05),
        (0.6, 0.05, 0.7),
        (0.6, 0.15, 0.3),
    )
    votes_of_players: float = 10.0
    wearers: float = 2.0
    max_votes: float = 6.0
    called_player: float = 1.5
    reach: float = 6.5
    kit_slope: float = 1.5
    min_kit: float = -6.0
    one_team: float = 1.5
    max_kit: float = 8.0
    shorts: tuple[tuple[tuple[float, float], ...], ...] = (
        ((-22.0, 45.0), (125.0, 55.0), (125.0, 45.0)),
        ((-10.0, 25.0), (140.0, 45.0), (120.0, 40.0)),
        ((-58.0, 50.0), (80.0, 22.0), (110.0, 35.0)),
        ((-22.0, 45.0), (125.0, 55.0), (110.0, 60.0)),
    )
    max_shorts: float = 2.0
    places: tuple[tuple[float, ...], ...] = (
        (0.80, 0.10, 0.07, 0.03),
        (0.15, 0.55, 0.08, 0.22),
        (0.45, 0.20, 0.25, 0.10),
        (0.05, 0.05, 0.55, 0.35),
    )
    pitch: tuple[tuple[float, ...], ...] = (
        (0.90, 0.04, 0.005, 0.015, 0.04),
        (0.08, 0.005, 0.015, 0.75, 0.15),
        (0.46, 0.50, 0.01, 0.01, 0.02),
        (0.05, 0.55, 0.35, 0.03, 0.02),
    )
    presence: tuple[tuple[float, float], ...] = ((1.0, 1.0), (0.8, 1.4), (1.3, 0.7), (0.8, 1.4))
    prior: tuple[float, ...] = (-9.9, -1.0, -0.9, -1.4)
    another: tuple[float, float] = (-3.0, -0.7)
    together: tuple[tuple[float, ...], ...] = (
        (0.0, 0.0, 0.0, 0.0),
        (-0.02, -4.0, -8.0, -12.0),
        (-0.5, -1.2, -2.3, -5.0),
        (-0.5, -1.6, -2.3, -3.0),
    )
    officials_apart: tuple[tuple[float, float], ...] = ((9.5, 2.5), (20.0, 9.0))
    max_alike: float = 3.0
    taught: float = -1.5
    few: tuple[float, ...] = (0.0, -3.0, -2.3, -1.5)
    min_officials: float = 4.0
    person_prior: tuple[float, ...] = (-0.69, -2.0, -1.7, -2.6)
    min_probability: float = 0.65


ROLE_MODEL = RoleModel()
