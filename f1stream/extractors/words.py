"""The words by which titles are told apart, in the languages that broadcasts are titled in.

Without case and accents, divided by commas. Words are whole words; `*` at the end of one lets it
go on. Between the parts of one stand spaces, hyphens or nothing.
"""

from __future__ import annotations

FORMULA_1_ELSEWHERE = """
формула 1, φορμουλα 1, فورمولا 1, פורמולה 1, फॉर्मूला 1, フォーミュラ 1, フォーミュラワン,
一级方程式, 一級方程式, 포뮬러 1, 포뮬러원
"""

GRAND_PRIX = """
grand prix, grands prix, gp, gran premio, grande premio, grosser preis, grosse preis,
grossen preis, grote prijs, wielka nagroda, velka cena, velika nagrada, nagydij*, marele premiu,
гран при, グランプリ, 大奖赛, 大獎賽, 그랑프리
"""

SESSIONS = """
race, race day, qualifying, qualification*, practice*, sprint, shootout, fp1, fp2, fp3,
rennen, qualifikation, training, course, qualifs, essais,
carrera, clasificacion, libres, entrenamientos, gara, qualifiche, qualifica, prove libere,
corrida, classificacao, treino*, kwalificatie, vrije training,
wyscig, kwalifikacje, trening*, zavod, kvalifikac*, futam, idomero*,
гонка, квалификация, 決勝, 予選, フリー走行, 正赛, 排位赛
"""

# The calendar's countries, cities and circuits.
PLACES = """
abu dhabi, austral*, austria*, autriche, azerbaijan, azerbaiyan, aserbaidschan, azerbaidjan,
bahrain, bahrein, baku, barcelona, belgi*, belgique, brasil*, brazil*, bresil, bretagna, bretana,
britain, british, canad*, catalunya, china, chine, chinese, cina, dutch, emilia romagna, espagne,
espan*, estados unidos, etats unis, gra bretanha, grande bretagne, giappone, grossbritannien,
hongarije, hongrie, hungar*, hungria, imola, interlagos, ital*, japan*, japon*, jeddah, kanad*,
katar, las vegas, lusail, madrid, magyar, melbourne, messico, mexic*, mexiko, mexique, miami,
monaco, monte carlo, monza, nederland, netherlands, niederlande, osterreich*, paesi bassi,
paises bajos, pays bas, qatar, red bull ring, sakhir, sao paulo, saudi*, shanghai, silverstone,
singap*, spa francorchamps, spagna, spain, spanien, spanish, spanje, stati uniti, suzuka, ungarn,
ungheria, united states, usa, vereinigten staaten, austin, zandvoort,
モナコ, 中国, 中國, 日本
"""

OTHER_SPORTS = """
formula e, formel e, formule e, e prix, formula 2, formula two, formel 2, formule 2, f2,
formula 3, formula three, formel 3, formule 3, f3, formula 4, formel 4, formule 4, f4, gp2, gp3,
formula academy, f1 academy, w series, formula regional*, formula ford, formula renault,
formula student, formula drift, super formula, f1 in schools, f1 esports, f1 e sports, f1 sim*,
esport*, sim racing, gameplay, playstation, xbox, f1h2o, powerboat*,
moto gp, moto 2, moto 3, motoe, superbike*, wsbk, worldsbk, worldssp, bsb, supersport, motocross,
mxgp, supercross, speedway, sidecar*,
indycar*, indy, indy 500, indy nxt, nascar, wec, imsa, endurance, le mans*, 24h, dtm, btcc, wtcr,
tcr, gt3, gt world*, supercars, porsche*, wrc, rally*, rallye*, kart, karting,
athletics, athletisme, badminton, boxing, kickboxing, chess, ciclismo, cycling, cyclisme, darts,
eiskunstlauf, equestrian, escrime, eurovision, fencing, galop, hippique, horse*, judo, jumping,
karate, kunstrijden, natation, patinage, patinaje, skating, snooker, springreiten, swimming,
taekwondo, tennis, trot, volley*, wielrennen, wrestling,
формула 2, формула 3, формула е, мотогп, мотоgp, フォーミュラe, フォーミュラ 2,
スーパーフォーミュラ
"""

NOT_LIVE = """
replay*, re live, rerun*, repeat, repeats, rewind, encore, highlight*, recap*, best of, top 5,
top 10, classic, classics, full race, on demand, vod, catch up, delayed, tape delay, as live,
docu*, drive to survive, season review, race review, season preview, story of, legends, history of,
trailer, teaser, the movie, podcast, onboard lap, behind the scenes, throwback,
wiederholung*, wdh, zusammenfassung*, hohepunkt*, ruckblick*, aufzeichnung*, doku*, zeitversetzt,
rediffusion*, rediff*, differe, resume, resumes, retro, retrospective, temps forts,
repeticion*, redifusion, diferido, resumen*, mejores momentos, lo mejor*,
repeticao, reprise, reexibicao, vt, compacto, resumo*, melhores momentos,
replica, repliche, differita, sintesi, riassunto, reluare, rezumat,
herhaling*, heruitzending*, samenvatting*, hoogtepunt*, terugblik*, terugkijken,
powtorka, powtorki, skrot*, odtworzenie, retransmisja, podsumowanie, zaznam*, sestrih*,
opakovani, ismetles*, osszefoglalo*,
repris, hojdpunkter, sammandrag, genudsendelse, hojdepunkter, hoydepunkter, uusinta, kooste,
tekrar*, ozet*, banttan, повтор*, обзор*, запись, в записи, документальн*, επαναληψη, στιγμιοτυπα,
再放送, ハイライト, 見逃し, 録画, 総集編, ドキュメンタリー, 重播, 回放, 集锦, 集錦, 录像, 錄影,
재방송, 하이라이트, 다시보기
"""
