"""Titles as channels, schedules and people write them, and what they are of."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.extractors.titles import (
    MAX_TITLE_CHARS,
    is_formula_1,
    is_live_formula_1,
    is_replay,
    quality_of,
    readable,
)

LIVE = """
F1
Formula 1
FORMULA ONE
Formula1 Live
Sky Sports F1
Sky Sports F1 HD
UK: SKY SPORTS F1 FHD 50fps
UK | Sky Sports F1 ᵁᴴᴰ
SkySportsF1HD
SkyF1
Sky Sport F1 (IT)
Sky Sport Formula 1 HD
DE: SKY SPORT F1 UHD
DAZN F1 1080p
ESPN F1: Practice 2 LIVE
F1 TV Pro - International
F1TV
F1-TV
Viaplay F1
FORMULA 1 | Monaco Grand Prix | Race
Formula 1: Qualifying
Formula One Grand Prix of Japan: Sprint
FIA Formula 1 World Championship - Belgian GP
Monaco Grand Prix
Monaco GP: Qualifying
British Grand Prix - Practice 3
Grand Prix of Abu Dhabi
Las Vegas GP Race
2026 Bahrain Grand Prix: Sprint Qualifying
[LIVE] F1 Dutch GP FP1
F1® Pit Lane
F.1 live
F-1: Interlagos
(F1) Onboard Hamilton
ServusTV: F1 Spielberg
Formel 1 live: Großer Preis von Österreich
Formel 1 - Das Rennen
Formel Eins: Das Qualifying in Monza
RTL Formel 1 Training
Der Große Preis von Italien - Rennen
Motorsport: Großer Preis von Ungarn, Qualifikation
Formel-1 aus Silverstone
Formule 1 : Grand Prix de Monaco
Formule Un en direct
CANAL+ Formula 1®
Grand Prix de Belgique - Course
Grand Prix de France F1 - Essais libres 1
Fórmula 1: GP de México
Fórmula Uno en directo
Fórmula 1 al vivo - Clasificación
Gran Premio de España - Carrera
Gran Premio de la Ciudad de México - Libres 2
GP de Catalunya: Entrenamientos
Formula 1 - Gran Premio d'Italia
Formula Uno: Gara
Gran Premio di Monaco: qualifiche
GP Emilia Romagna - Prove libere
Fórmula 1 ao vivo
F1: GP de São Paulo
Grande Prémio do Brasil
GP da Bélgica - Treino Livre 1
Formule 1: Grote Prijs van Nederland
Grand Prix van Zandvoort: kwalificatie
F1 Vrije Training
Formuła 1
Formuła 1: Grand Prix Węgier - wyścig
Wielka Nagroda Monako, kwalifikacje
Formule 1 - Velká cena Maďarska - závod
Forma-1: Magyar Nagydíj
Forma 1 időmérő edzés
Formula 1 Macaristan GP canlı
Формула 1: Гран-при Монако
Формула-1. Гонка
Φόρμουλα 1
F1日本グランプリ 決勝
Ｆ１ モナコグランプリ
フォーミュラ1 鈴鹿
F1中国大奖赛
世界一级方程式锦标赛
포뮬러 1 일본 그랑프리
فورمولا 1
Formula 1 Bahréin
Formel 1: Belgiens Grand Prix
Viaplay Formel 1 Kval
Formula 1 Kanada - aika-ajot
F1 Live Timing
F1 Miami 4K
"""

NOT_LIVE = """
F1 Replay: Monaco Grand Prix
Formula 1 Highlights
F1: Race Highlights - Japan
Formula 1: Re-Live
Formula 1 (Repeat)
F1 Classic Races
Best of F1
Formula 1: Drive to Survive
F1 Documentary
Formel 1 - Wiederholung
Formel 1 Wdh.
Formel 1: Die Zusammenfassung
Formel 1 Höhepunkte
Formel 1: Aufzeichnung vom Vortag
Formel 1 Doku
Formule 1 - Rediffusion
F1 : le Grand Prix de Monaco en différé
F1 : le résumé de la course
Fórmula 1 - Repetición
Fórmula 1: Redifusión de la carrera
F1: resumen del GP de España
Fórmula 1 (diferido)
Formula 1 - Replica
Gran Premio d'Italia (replica)
F1 Gara in differita
Formula 1: la sintesi
Fórmula 1 - Reprise
F1 - VT - GP do Brasil
F1: melhores momentos
Formule 1: herhaling
Formule 1 Samenvatting
Formuła 1 - powtórka
Formuła 1 - skrót wyścigu
Formule 1 - záznam
Forma-1 összefoglaló
Формула 1. Обзор
Формула-1 (повтор)
Formel 1 höjdpunkter
Formel 1 repris
F1日本グランプリ 再放送
F1 ハイライト
F1中国大奖赛 回放
포뮬러 1 하이라이트
Formula 1 özet
F1 season review 2025
F1 Podcast
F1: The Movie
"""

OTHERS = """
F1 in Schools
F1 Academy
F1 Academy: Race 2
F16 fighter documentary
F-16 live
F10 rally
F1H2O powerboat
F1 Esports Pro
F1 25 gameplay
F1 Sim Racing World Championship
AF1 radio
F12 Berlinetta
Formula E
Formula E Monaco ePrix
Formel E: Berlin E-Prix
Formule E - Course
ABB FIA Formula E World Championship
Formula 2
Formula 2: Feature Race Monaco
Sky Sports F1: Formula 2 Sprint
FIA F2 Bahrain
F3 Silverstone
Formula 3 - Qualifying
Formel 3 Spielberg
F4 British Championship
Formula 1000
Formula Regional European Championship
Super Formula Suzuka Race
Super Formula: Japan GP
フォーミュラE 東京
MotoGP
MotoGP Grand Prix of Italy
Moto GP: Gran Premio de España
Moto2 GP Catalunya - Carrera
Moto3 Grand Prix of Japan
MotoE Austria
МотоGP Гран-при Италии
WorldSBK Assen
MXGP of Germany
IndyCar: Long Beach Grand Prix
Indy 500
NASCAR Cup Series
WEC 6 Hours of Spa
24h Le Mans
IMSA Daytona
DTM Norisring
WRC Rally Monte Carlo
Rallye Monte-Carlo
Porsche Supercup Monaco GP
BTCC Silverstone
Supercars: Australian Grand Prix support
Speedway Grand Prix of Poland
Judo Grand Prix Portugal
ISU Grand Prix of Figure Skating: Japan
Grand Prix de cyclisme du Canada
Volleyball World Grand Prix Italy
Snooker: World Grand Prix
Darts World Grand Prix
Grand Prix Eurovision
Longines Grand Prix Jumping Spain
Prix d'Amérique - trot
Grand Prix
The Grand Tour
BBC One HD
ESPN 1
RTL
Canal+ Sport 1
Formula for love
Formula 10
La formule une autre fois
Sky Sports Football
Race of Champions
Monaco Yacht Show
News at 1
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("title", lines(LIVE))
def test_it_is_formula_1_and_live(title: str) -> None:
    assert is_formula_1(title)
    assert not is_replay(title)
    assert is_live_formula_1(title)


@pytest.mark.parametrize("title", lines(NOT_LIVE))
def test_it_is_not_live(title: str) -> None:
    assert is_replay(title)
    assert not is_live_formula_1(title)
    assert not is_live_formula_1(title, about="Formula 1")


@pytest.mark.parametrize("title", lines(OTHERS))
def test_it_is_something_else(title: str) -> None:
    assert not is_formula_1(title)
    assert not is_live_formula_1(title)


@pytest.mark.parametrize(
    ("title", "about", "wanted"),
    [
        ("ORF 1", "Formel 1: Großer Preis von Österreich", True),
        ("ORF 1", "Formel 1: Wiederholung", False),
        ("ORF 1", "MotoGP Mugello", False),
        ("ServusTV", "UK | FORMULA 1", True),
        ("MotoGP Mugello", "Formula 1 and more", False),
        ("Sky Sports F1", "Formula 2 Sprint", True),
        ("Sky Sports F1", "F1 Classics", True),
        ("Replay channel", "Formula 1", False),
        ("BBC News", "", False),
    ],
)
def test_what_is_said_about_a_stream_counts_where_its_title_says_nothing(
    title: str, about: str, wanted: bool
) -> None:
    assert is_live_formula_1(title, about) is wanted


@pytest.mark.parametrize(
    ("title", "quality"),
    [
        ("UK: Sky Sports F1 FHD 50fps", "FHD"),
        ("Sky Sports F1 HD", "HD"),
        ("F1 1080p60", "1080p"),
        ("F1 [4K]", "4K"),
        ("F1 Full HD", "FHD"),
        ("F1 UHD", "UHD"),
        ("DE| RTL 720p", "720p"),
        ("HDMI input", None),
        ("Formula 1", None),
        ("24k gold", None),
    ],
)
def test_the_quality_that_a_title_tells(title: str, quality: str | None) -> None:
    assert quality_of(title) == quality


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  F1 \t\r\n live ", "F1 live"),
        ("F1\x00\x1b[31m", "F1 [31m"),
        ("\u202egnihtemos", "gnihtemos"),
        ("\ufeffF1", "F1"),
        ("F1 \ud800", "F1"),
        ("x" * 10**6, "x" * MAX_TITLE_CHARS),
        ("\n" * 10**6, ""),
        ("日本", "日本"),
    ],
)
def test_a_title_is_made_readable(text: str, shown: str) -> None:
    assert readable(text) == shown


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_an_answer(title: str, about: str) -> None:
    assert is_live_formula_1(title, about) in (True, False)
    shown = readable(title)
    assert readable(shown) == shown
    assert len(shown) <= MAX_TITLE_CHARS


@given(st.sampled_from(lines(LIVE)))
def test_case_does_not_matter(title: str) -> None:
    assert is_formula_1(title.upper())
    assert is_formula_1(title.lower())


@pytest.mark.parametrize("text", ["f" * 500, "f1 gp " * 80, "grand - " * 60, "moto" + "-" * 490])
def test_no_title_takes_long(text: str) -> None:
    started = time.thread_time()
    is_live_formula_1(text, text)
    assert time.thread_time() - started < 0.05
