"""What words do in a sentence of news, in seven languages: which are light, and which change what is said.

The judgement of duplicates (`dedup/judgement`) reads these tables. English, German, French, Spanish, Portuguese,
Russian and Arabic share one table each, since a paragraph's language is a guess, and a word that is light in one of
them is rarely a number, a negation or a direction in another. All words are in lower case.
"""

from collections.abc import Iterable


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _groups(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return for each phrase of lines like "buy, purchase; pact, deal" the names of its groups."""
    found: dict[str, set[str]] = {}
    for line in lines:
        for group in line.split(";"):
            phrases = [phrase.strip() for phrase in group.split(",")]
            for phrase in phrases:
                # By the first phrase of its group: a phrase in two groups ("large") joins neither of them to the other.
                found.setdefault(phrase, set()).add(phrases[0])
    return {phrase: frozenset(names) for phrase, names in found.items()}


LIGHT = _words(
    "a an the this that these those which who whom whose it its he his him she her they their them there of in on",
    "at as",
    "and is are was were be been being has have had having do does did also then so such own itself himself",
    "herself with",
    "for into than through during while when where but because however meanwhile already now here s & how what too",
    "well",
    "der die das den dem des ein eine einen einem einer eines und dass welche welcher welches sich es er sie ihr",
    "ihre",
    "seinen seiner ihren ihrer ist sind war waren wird werden wurde wurden worden hat haben hatte hatten im am an",
    "auf",
    "für mit bei als wie auch dabei dann da wenn während denn um zur zum sein seine in ins vom",
    "le la les l un une du de des et que qui qu d à au aux en dans sur ce cette ces cet il elle ils elles son sa",
    "ses leur",
    "leurs est sont était étaient a ont avait avaient été être pour par avec comme aussi se s y où dont lui",
    "el los las lo del al y e que en con para por su sus se es son era eran fue fueron ha han había habían sido",
    "como",
    "o os as do da dos das no na nos nas ao aos à às um uma uns umas com seu sua seus suas foi foram é são tem têm",
    "já",
    "tinha haviam também este esta isto esse essa isso",
    "и в во на с со к у о об от из за для по что как это этот эта эти который которая которые которое которого его",
    "ее её их",
    "он она они был была было были есть также так же а",
    "في من على إلى عن أن إن التي الذي هذا هذه ذلك و كان كانت قد هو هي ما كما أنه أنها مع وقد وكان",
)

SAYING = _words(
    "said say says saying told tell tells added adds adding stated states noted notes explained announced",
    "announces",
    "according reported reports commented remarked reporters journalists news conference statement interview asked",
    "officials spokesman spokeswoman spokesperson adding noting indicating stating announcing explaining",
    "sagte sagt sagten teilte mit erklärte erklärt so laut zufolge berichtete hieß gab bekannt betonte fügte hinzu",
    "dit déclaré annoncé indiqué affirmé selon précisé expliqué ajouté souligné rapporté déclare indique affirme",
    "dijo dijeron afirmó declaró anunció según señaló indicó informó explicó agregó añadió aseguró",
    "disse disseram afirmou declarou anunciou segundo informou explicou acrescentou",
    "сказал сказала сказали заявил заявила заявили сообщил сообщила сообщили отметил отметила добавил словам",
    "данным",
    "قال قالت قالوا أعلن أعلنت ذكر ذكرت أكد أكدت أضاف أضافت وقال وأضاف وأكد بحسب وفقا صرح",
)

NEGATIONS = _words(
    "not no never neither nor none nothing without n't cannot can't don't doesn't didn't won't wouldn't",
    "isn't",
    "aren't wasn't weren't hasn't haven't hadn't couldn't shouldn't denied denies deny refused refuses refuse",
    "failed fails",
    "fail rejected rejects unable unlikely hardly false untrue refusing denying rejecting lack lacks lacked",
    "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne weder bestritt dementierte",
    "verweigerte",
    "ne n pas jamais aucun aucune ni sans rien personne non refusé démenti nié plus",
    "no nunca jamás ningún ninguna ninguno tampoco sin nada nadie negó rechazó ni",
    "não nunca jamais nenhum nenhuma sem nada ninguém negou nem recusou",
    "не ни нет никогда без никто ничего отказался отверг опроверг",
    "لا لم لن ليس ليست غير دون بدون ما نفى نفت رفض رفضت ولم ولا ولن",
    "不 没 沒 未 无 無 非 否 別 勿 ไม่ 無い ず ぬ",
)

DIRECTIONS = _words(
    "up down minus plus above below over under before after until since to from by against off out more less fewer",
    "most least ahead",
    "higher lower larger smaller bigger greater better worse increase decrease rose fell gained lost won",
    "lose win",
    "opened closed first last both all half double twice only except between via toward towards per within beyond",
    "or",
    "rise rises fall falls up-to early late earlier later old new",
    "über unter vor nach bis seit gegen von zu mehr weniger höher niedriger größer kleiner stieg fiel sank gewann",
    "verlor alle",
    "oder nur aus",
    "plus moins avant après contre jusqu sous vers hausse baisse augmenté baissé gagné perdu tous ou sauf depuis",
    "entre",
    "más menos antes después contra hasta bajo sobre desde subió bajó ganó perdió todos salvo hacia entre",
    "mais menos antes depois contra até sob sobre desde subiu caiu ganhou perdeu todos ou exceto entre",
    "более менее больше меньше выше ниже до после против под над перед вырос упал снизился выиграл проиграл все",
    "или между",
    "أكثر أقل قبل بعد ضد حتى تحت فوق ارتفع انخفض تراجع فاز خسر كل أو منذ بين",
    "上 下 升 降 涨 跌 增 减 減 胜 負 负 敗 前 後 后 多 少 ขึ้น ลง",
)

HEDGES = _words(
    "may might could should would will can must shall if unless alleged allegedly reportedly former ex deputy",
    "acting vice",
    "almost nearly about around approximately roughly some possibly probably perhaps maybe expected planned",
    "proposed likely",
    "attempted suspected potential partly largely mostly provisional preliminary revised net gross seasonally",
    "adjusted",
    "könnte könnten sollte sollten soll sollen will würde dürfte kann muss mutmaßlich mutmaßliche mutmaßlicher",
    "angeblich",
    "ehemalige ehemaliger früherer frühere fast knapp rund etwa möglicherweise wahrscheinlich voraussichtlich",
    "falls",
    "pourrait pourraient devrait devraient peut doit ancien ancienne présumé présumée presque environ près si",
    "podría podrían debería puede debe ex exjefe presunto presunta casi unos cerca aproximadamente si",
    "poderia poderiam deveria pode deve suposto suposta quase cerca aproximadamente se",
    "может могут мог бы должен бывший бывшая предполагаемый почти около примерно если вероятно",
    "قد ربما يمكن يجب سابق السابق مزعوم تقريبا نحو حوالي إذا لو",
    "可 能 或 将 將 应 應 前 原 約 约",
)

DAYS = _words(
    "monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow tonight morning afternoon",
    "evening",
    "january february march april may june july august september october november december jan feb mar apr jun jul",
    "aug sep",
    "sept oct nov dec week month year quarter weekend midday noon",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute gestern morgen vorgestern abend",
    "januar",
    "februar märz mai juni juli oktober dezember woche monat jahr",
    "lundi mardi mercredi jeudi vendredi samedi dimanche aujourd'hui hier demain janvier février mars avril juin",
    "juillet",
    "août septembre octobre novembre décembre semaine mois année",
    "lunes martes miércoles jueves viernes sábado domingo hoy ayer mañana enero febrero marzo abril mayo junio",
    "julio agosto",
    "septiembre octubre noviembre diciembre semana mes año",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta feira hoje",
    "ontem",
    "amanhã janeiro fevereiro março maio junho julho setembro outubro dezembro mês ano",
    "понедельник вторник среду среда четверг пятницу пятница субботу суббота воскресенье сегодня вчера завтра",
    "января",
    "февраля марта апреля мая июня июля августа сентября октября ноября декабря неделя месяц год",
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد اليوم أمس غدا يناير فبراير مارس أبريل مايو يونيو",
    "يوليو",
    "أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
)

WIDE_TURNS = (
    "不",
    "没",
    "沒",
    "未",
    "无",
    "無",
    "非",
    "否",
    "别",
    "ไม่",
    "ない",
    "なかっ",
    "ません",
    "或",
    "可能",
    "原",
)
"""Negations and hedges of scripts without spaces, where a word is several characters."""

PREPOSITIONS = _words(
    "in on at during after before for with by from late early am im vom bei nach vor seit à au en dans pour avec lors",
    "el por para durante em na no в во на после до при с في على خلال بعد قبل",
)
"""Those that a stretch about time, place or manner begins with."""

ENDINGS = _words(
    "s es ed d ing e n en er em est t te ten i a o as os is y ies ied à é ée és ées ait ent aient",
    "а я ы и у ю е о ой ей ом ем ам ям ах ях ами ями ов ев ий ый ая яя ое ее ые ие ого его ому ему ым им ых их ую юю",
    "л ла ло ли ет ут ют ит ат ят ть ل ة ه ها هم ات ين ون ان ي",
)
"""Of inflected verbs, nouns and adjectives."""

_UNITS = (
    "dollar, dollars, dlr, dlrs, $, us$, usd, dólar, dólares, доллар, доллара, долларов, دولار, دولارات",
    "euro, euros, €, eur, евро, يورو; pound, pounds, £, stg, gbp, sterling; yen, ¥, jpy; mark, marks, dm",
    "cent, cents, cts, ct; point, points, pts; franc, francs, chf",
    "rouble, roubles, ruble, rubles, rub, ₽, рубль, рубля, рублей; yuan, cny, rmb, renminbi; rupee, rupees, inr, ₹",
    "peso, pesos; real, reais, r$, brl; lira, lire, liras; crown, crowns; guilder, guilders",
    "kilometre, kilometres, kilometer, kilometers, km, kms; mile, miles; metre, metres, meter, meters, m",
    "foot, feet, ft; kilogram, kilograms, kilogramme, kilogrammes, kilo, kilos, kg; ounce, ounces, oz; lb, lbs",
    "tonne, tonnes, mt; ton, tons; litre, litres, liter, liters; barrel, barrels, bbl, bbls, bpd; gallon, gallons",
    "hectare, hectares, ha; acre, acres; bushel, bushels; degree, degrees, celsius; fahrenheit",
    "hour, hours, hr, hrs, stunde, stunden, heure, heures, hora, horas, час, часа, часов",
    "minute, minutes, min, mins, minuten, minuto, minutos, минут, минуты; second, seconds",
    "day, days, tag, tage, tagen, jour, jours, día, días, dia, dias, день, дня, дней",
    "weeks, wochen, semaines, semanas, недель, недели; months, monate, monaten, meses, месяцев, месяца",
    "years, jahre, jahren, ans, années, años, anos, лет, года; megawatt, megawatts, mw; kilowatt, kilowatts, kw",
    "gigawatt, gigawatts, gw; percentage; %; share, shares, shr, shrs, aktien",
)
_SCALES = (
    "thousand, tsd, tausend, mille, mil, тысяч, тысячи, тыс, ألف",
    "million, millions, mln, mn, mio, millionen, millón, millones, milhão, milhões, миллион, миллиона",
    "million, миллионов, млн, مليون",
    "billion, billions, bln, bn, миллиард, миллиарда, миллиардов, млрд, مليار, milliarde, milliarden, mrd",
    "billion, milliard, milliards; trillion, trillions, trln, tn, триллион, трлн",
    "hundred, hundert, cent, ciento, cem, сто, مئة; dozen, dutzend",
)
_NUMBERS = (
    "0, zero, nil, null, zéro, cero, ноль, صفر; 1, one, eins",
    "2, two, zwei, deux, dos, dois, duas, два, две, двух, اثنان",
    "3, three, drei, trois, tres, três, три, трех, трёх, ثلاثة, ثلاث",
    "4, four, vier, quatre, cuatro, quatro, четыре, أربعة; 5, five, fünf, cinq, cinco, пять, пяти, خمسة, خمس",
    "6, six, sechs, seis, шесть, шести, ستة, ست; 7, seven, sieben, siete, sete, семь, семи, سبعة, سبع",
    "8, eight, acht, huit, ocho, oito, восемь, ثمانية, ثماني; 9, nine, neun, neuf, nueve, nove, девять, تسعة, تسع",
    "10, ten, zehn, dix, diez, dez, десять, десяти, عشرة, عشر; 11, eleven, elf, onze, once, одиннадцать",
    "12, twelve, zwölf, douze, doce, doze, двенадцать; 13, thirteen, dreizehn; 14, fourteen, vierzehn",
    "15, fifteen, fünfzehn, quinze, quince, пятнадцать; 16, sixteen; 17, seventeen; 18, eighteen; 19, nineteen",
    "20, twenty, zwanzig, vingt, veinte, vinte, двадцать, عشرون, عشرين; 30, thirty, dreißig, trente, treinta",
    "40, forty, vierzig; 50, fifty, fünfzig, cincuenta; 60, sixty; 70, seventy; 80, eighty; 90, ninety; 1st, first",
    "3rd, third; 4th, fourth; 5th, fifth; 6th, sixth; 7th, seventh; 8th, eighth; 9th, ninth",
)


def _canonical(lines: Iterable[str], mark: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        for group in line.split(";"):
            names = [name.strip() for name in group.split(",")]
            for name in names:
                # The first line wins, so the order of the lines is part of the table.
                found.setdefault(name, mark + names[0])
    return found


CANONICAL: dict[str, str] = (
    # "cent" is also a hundred in French; beside an amount it is money far more often.
    _canonical(_UNITS, "unit ") | _canonical(_NUMBERS, "#") | _canonical(_SCALES, "scale ") | {"cent": "unit cent"}
)
"""Numbers, scales and units, in one spelling: "#5", "scale million", "unit dollar"."""

CURRENCY_SIGNS = frozenset("$€£¥₽₹")

SYNONYMS = _groups(
    (
        "would not, declined to, refused to; past, last; attacked, raided; issue, issuance; spoke, talked",
        "said, told reporters, told a news conference, told a news briefing, said in a statement",
        "said, told journalists, added, stated, noted, announced, remarked, commented, told, explained",
        "said, declared, reported, says, added that, told parliament, told a press conference",
        "said, said in an interview, said in his ruling, ruled; about, around, approximately, roughly, some",
        "more than, over; less than, under; at least, no fewer than",
        "united states, u.s, usa, u.s.a, america, american, us; britain, u.k, uk, united kingdom, british",
        "european union, eu, e.u; european community, ec, e.c; united nations, un, u.n; soviet union, ussr, soviet",
        "will, would, is to, was to, are to, were to, was due to, is due to, is going to",
        "can, could, is able to, was able to; buy, purchase, acquire; bought, purchased, acquired",
        "buying, purchasing, acquiring; sell, dispose of; sold, disposed of; begin, start, commence",
        "began, started, commenced; begins, starts; beginning, starting; end, finish; ended, finished",
        "firm, company, corporation, group; companies, firms; accord, agreement, pact, deal",
        "agreements, pacts, deals, accords; talks, negotiations, discussions; meeting, gathering",
        "chief executive, chief executive officer, ceo; rise, increase, climb, gain, advance, go up, grow",
        "rose, increased, climbed, gained, advanced, went up, grew; rising, increasing, climbing, gaining",
        "fall, drop, decline, decrease, slip, go down; falling, dropping, declining",
        "fell, dropped, declined, decreased, slipped, went down; jump, surge, soar, leap",
        "jumped, surged, soared, leapt; plunge, slump, tumble, plummet; plunged, slumped, tumbled, plummeted",
        "cut, reduce, lower, trim; cuts, reduces; reduced, lowered, trimmed; reduction, cut",
        "cutting, reducing, lowering; raise, lift, increase, boost; raised, lifted, boosted; show, indicate",
        "showed, indicated, shown; kill, slay; killed, slain; hurt, injured, wounded; dead, killed",
        "people, persons, residents, inhabitants; person, individual",
        "big, large, major, huge; large, sizable, substantial; small, little; highway, road, motorway",
        "important, significant, major; fast, quick, rapid; quickly, rapidly, swiftly; important, key",
        "main, principal, chief; final, last; whole, entire; near, close to; convince, persuade",
        "convinced, persuaded; convincing, persuading; try, attempt, seek; tried, attempted, sought",
        "trying, attempting, seeking; need, require; needs, requires; needed, required; help, assist, aid",
        "helped, assisted; helping, assisting; ask, request; asked, requested, urged; get, obtain, receive",
        "got, obtained, received; give, provide, grant; gave, provided; given, provided; allow, permit, let",
        "allowed, permitted; allows, permits; use, employ, utilise, utilize; used, employed; build, construct",
        "built, constructed; building, constructing; stop, halt, cease; stopped, halted, ceased",
        "keep, maintain, retain; kept, maintained, retained; hold, keep; choose, select, pick",
        "chose, selected, picked; chosen, selected; happen, occur, take place; happened, occurred, took place",
        "design, intend; designed, intended; tell, inform; told, informed; forecast, predict, project, estimate",
        "forecast, estimate, projection, prediction; forecast, predicted, projected, estimated, expected",
        "expect, anticipate; expected, anticipated; expects, anticipates; because, since, as",
        "because of, due to, owing to; although, though, while; instead of, as an alternative to, rather than",
        "also, too, as well; but, however, yet; if, whether; per, a, an, each",
        "practically, all but, almost, nearly, virtually; about, on, regarding, concerning; until, till",
        "among, amongst; while, whilst; toward, towards; outside, outside of; via, through; before, prior to",
        "after, following; during, in; government, govt, administration; president, pres; minister, min",
        "percent, per cent; versus, vs, against; corporation, corp; company, co; incorporated, inc; limited, ltd",
        "department, dept; street, st; saint, st; number, no; international, intl; association, assn",
        "brothers, bros; university, univ; mount, mt; general, gen; senator, sen; representative, rep",
        "governor, gov; lieutenant, lt; doctor, dr; professor, prof; mister, mr; approximately, approx",
        "estimated, est; including, incl; operating, oper; quarter, qtr; average, avg",
        "revenue, revenues, revs, turnover; and, &; police, officers; authorities, officials",
        "spokesman, spokesperson, spokeswoman; lawyer, attorney; lawyers, attorneys; car, automobile",
        "vehicle, automobile; cars, automobiles; film, movie; films, movies; house, home; job, post, position",
        "jobs, posts, positions; staff, workforce, employees, workers; pay, wages, salary; work, labor",
        "boss, chief, head; leader, chief; children, kids; doctor, physician; doctors, physicians",
        "plane, aircraft, airplane; fire, blaze; fires, blazes; storm, gale; murder, killing; row, dispute",
        "probe, investigation, inquiry; strike, walkout, stoppage; bid, offer; rules, regulations",
        "law, legislation; plan, scheme, proposal; plans, schemes; aim, goal, target, objective",
        "aims, goals, objectives; result, outcome; results, outcomes; reply, answer, response",
        "problem, difficulty, issue; problems, difficulties, issues; choice, option; choices, options",
        "chance, opportunity; danger, risk, threat; fear, concern, worry; fears, concerns, worries",
        "hope, expectation; link, connection, tie; links, connections, ties; area, region, zone; areas, regions",
        "country, nation, state; countries, nations, states; town, city; nearby, neighboring, neighbouring",
        "currently, now, at present, presently; recently, lately; immediately, at once, right away",
        "often, frequently; sometimes, occasionally; usually, normally; finally, eventually",
        "mainly, mostly, largely, chiefly; only, merely, just; especially, particularly; nearly, almost",
        "still, yet; many, numerous; several, a number of; enough, sufficient; various, different; total, overall",
        "annual, yearly; end, close, conclusion; back, support, endorse; backed, supported, endorsed",
        "backs, supports; oppose, resist; opposed, resisted; discuss, debate; discussed, debated",
        "create, set up, establish; created, established, set up; replace, succeed; replaced, succeeded",
        "resign, quit, step down; resigned, quit, stepped down; name, appoint; named, appointed; arrest, detain",
        "arrested, detained; free, release; freed, released; attack, assault; attacked, assaulted; leave, depart",
        "left, departed; arrive, come; return, go back; visit, tour; meet, hold talks; destroy, wreck",
        "destroyed, wrecked; damage, harm; damaged, harmed; repair, fix; repaired, fixed; close, shut",
        "closed, shut; closure, shutdown; set, fixed; set, fix; designed, intended; paper, newspaper",
        "shareholders, stockholders; shareholder, stockholder; stock, shares; stake, holding; plant, factory",
        "plants, factories; unit, subsidiary; store, shop; stores, shops; profit, earnings, income; loss, deficit",
        "sales, revenue, revenues; debt, borrowing; loan, credit; tax, levy, duty; money, cash, funds; price, cost",
        "prices, costs; rate, level; market, marketplace; consumers, customers, shoppers",
        # German
        "sagte, erklärte, teilte mit, berichtete, betonte, meinte, sagte am, äußerte",
        "rund, etwa, ungefähr, circa, ca, zirka; mehr als, über; weniger als, unter",
        "usa, vereinigten staaten, vereinigte staaten, us; bundesrepublik, deutschland; kaufen, erwerben",
        "gekauft, erworben; kaufte, erwarb; beginnen, anfangen, starten; begann, startete; ende, schluss",
        "unternehmen, firma, konzern, gesellschaft; vereinbarung, abkommen, einigung; gespräche, verhandlungen",
        "polizei, beamte; stieg, kletterte, legte zu; fiel, sank, ging zurück; steigen, zunehmen, klettern",
        "fallen, sinken, zurückgehen; verletzt, verwundet; getötet, ums leben gekommen; starb, kam ums leben",
        "starben, kamen ums leben; auto, wagen, pkw; groß, riesig; schnell, rasch, zügig; wichtig, bedeutend",
        "auch, ebenfalls, zudem, außerdem; aber, jedoch, allerdings; weil, da; bekommen, erhalten; bekam, erhielt",
        "geben, gewähren; benutzen, verwenden, nutzen; beenden, abschließen; chef, leiter, vorsitzender",
        "stellen, arbeitsplätze, jobs; mitarbeiter, beschäftigte, angestellte; derzeit, gegenwärtig",
        "mitteilen, bekanntgeben; kündigte an, gab bekannt; brand, feuer; zudem, darüber hinaus",
        "erneut, wieder, abermals; bereits, schon; sofort, umgehend; häufig, oft; ungefähr, etwa; bauen, errichten",
        "gebaut, errichtet; treffen, begegnung",
        # French
        "a déclaré, a dit, a indiqué, a annoncé, a affirmé, a précisé, a expliqué, a ajouté, a souligné",
        "a déclaré, selon, d'après; déclaré, dit, indiqué, annoncé, affirmé, précisé, expliqué, ajouté, souligné",
        "environ, quelque, près de, à peu près; états unis, usa, etats unis; acheter, acquérir; acheté, acquis",
        "commencer, débuter; commencé, débuté; fin, terme; entreprise, société, compagnie, firme, groupe",
        "accord, pacte, entente; discussions, négociations, pourparlers; augmenté, progressé, grimpé",
        "reculé, baissé, chuté; blessé, touché; tué, mort; tués, morts; voiture, automobile; grand, important",
        "rapide, prompt; rapidement, vite; mais, cependant, toutefois, néanmoins; aussi, également",
        "parce que, car, puisque; obtenir, recevoir; obtenu, reçu; aider, assister; incendie, feu; emplois, postes",
        "employés, salariés; actuellement, en ce moment; immédiatement, aussitôt; souvent, fréquemment",
        "réunion, rencontre; utiliser, employer; construire, bâtir; construit, bâti",
        "dirigeant, chef, patron, responsable; usine, fabrique",
        # Spanish
        "dijo, afirmó, declaró, señaló, indicó, informó, explicó, agregó, añadió, manifestó, anunció, aseguró",
        "según, de acuerdo con; unos, cerca de, alrededor de, aproximadamente, casi",
        "estados unidos, ee uu, eeuu, usa; comprar, adquirir; compró, adquirió; comenzar, empezar, iniciar",
        "comenzó, empezó, inició; fin, final; empresa, compañía, firma, sociedad; acuerdo, pacto, convenio",
        "conversaciones, negociaciones; subió, aumentó, creció; bajó, cayó, descendió; herido, lesionado",
        "heridos, lesionados; muerto, fallecido; muertos, fallecidos; murió, falleció; murieron, fallecieron",
        "coche, automóvil, carro, auto; grande, enorme; rápido, veloz; rápidamente, velozmente",
        "pero, sin embargo, no obstante; también, además, asimismo; porque, ya que; obtener, conseguir, lograr",
        "obtuvo, consiguió, logró; ayudar, asistir; incendio, fuego; empleo, trabajo; empleos, puestos de trabajo",
        "empleados, trabajadores; actualmente, en la actualidad; inmediatamente, enseguida; reunión, encuentro",
        "usar, utilizar, emplear; construir, edificar; jefe, líder, dirigente; fábrica, planta",
        # Portuguese
        "disse, afirmou, declarou, informou, explicou, acrescentou, anunciou, ressaltou",
        "segundo, de acordo com, conforme; cerca de, aproximadamente, em torno de, quase; estados unidos, eua",
        "comprar, adquirir; comprou, adquiriu; começar, iniciar; começou, iniciou; empresa, companhia, firma",
        "acordo, pacto; conversas, negociações; fim, final; subiu, aumentou, cresceu; caiu, baixou, recuou",
        "ferido, machucado; feridos, machucados; morto, falecido; morreu, faleceu; carro, automóvel, veículo",
        "grande, enorme; rápido, veloz; rapidamente, depressa; mas, porém, no entanto, contudo; também, além disso",
        "porque, pois; obter, conseguir; obteve, conseguiu; ajudar, auxiliar; incêndio, fogo",
        "empregos, postos de trabalho; funcionários, empregados, trabalhadores; atualmente, no momento",
        "reunião, encontro; usar, utilizar; construir, edificar; chefe, líder, dirigente; fábrica, usina",
        "polícia, policiais",
        # Russian
        "сказал, заявил, сообщил, отметил, подчеркнул, добавил, рассказал, пояснил",
        "сказала, заявила, сообщила, отметила, добавила; около, примерно, порядка, приблизительно",
        "сша, соединенных штатов, соединенные штаты; купить, приобрести; купил, приобрел; купила, приобрела",
        "начать, начинать; начал, приступил; компания, фирма, предприятие",
        "соглашение, договор, пакт, договоренность; переговоры, беседы; вырос, увеличился, поднялся",
        "выросла, увеличилась; упал, снизился, сократился; упала, снизилась; выросли, увеличились, поднялись",
        "упали, снизились, сократились; ранен, травмирован; ранены, пострадали; убит, погиб; автомобиль, машина",
        "большой, крупный; быстро, скоро; но, однако; также, кроме того; потому что, так как; пожар, возгорание",
        "сотрудники, работники; сейчас, в настоящее время; встреча, заседание; руководитель, глава, лидер",
        "полиция, полицейские; согласно, по данным, по словам; завод, фабрика; помощь, содействие",
        "получить, обрести; построить, возвести",
        # Arabic
        "قال, أعلن, ذكر, أكد, أضاف, صرح, أوضح, أفاد, وقال, وأضاف; قالت, أعلنت, ذكرت, أكدت, أضافت, أوضحت, أفادت",
        "نحو, حوالي, قرابة, ما يقرب من, زهاء; الولايات المتحدة, أمريكا, أميركا; اشترى, ابتاع; بدأ, شرع; بدأت, شرعت",
        "شركة, مؤسسة; الشركة, المؤسسة; اتفاق, اتفاقية, معاهدة; محادثات, مفاوضات, مباحثات; ارتفع, صعد, زاد",
        "ارتفعت, صعدت, زادت; انخفض, تراجع, هبط; انخفضت, تراجعت, هبطت; جريح, مصاب; قتل, لقي مصرعه; سيارة, مركبة",
        "كبير, ضخم; سريع, عاجل; لكن, غير أن, إلا أن; أيضا, كذلك; لأن, إذ; حصل على, نال; مساعدة, دعم; حريق, نار",
        "موظفين, عمال; حاليا, الآن; رئيس, زعيم; اجتماع, لقاء; بنى, شيد; مصنع, معمل; الشرطة, الأمن",
        # Chinese and Japanese
        "表示, 称, 說, 说, 指出, 宣布; 大约, 约, 大約; 公司, 企业; 协议, 协定",
        "上涨, 上升, 增长; 下跌, 下降; 述べ, 語っ, 話し; 約, およそ",
    )
)
"""The groups of phrases that say the same of the same thing; a phrase can be in several."""

CONFUSABLE = _groups(
    (
        "united, untied; martial, marital; casual, causal; scared, sacred; conversation, conservation",
        "adoption, adaption; personal, personnel; stationary, stationery; complement, compliment",
        "prescribe, proscribe; prescribed, proscribed; stripped, striped; starring, staring; planned, planed",
        "desert, dessert; reported, deported; resigned, designed; founded, founder; accept, except",
        "principal, principle; council, counsel; moral, morale; assure, insure, ensure; elected, ejected, erected",
        "election, ejection, erection; rejected, ejected; attracted, attacked; exported, expected",
        "imported, exported; imports, exports; import, export; importer, exporter; immigrants, emigrants",
        "illegal, legal; increased, decreased; increase, decrease; inflation, deflation; include, exclude",
        "included, excluded; employer, employee; employers, employees; converted, convicted",
        "prosecution, persecution; prosecuted, persecuted; seasonal, seasoned; interstate, intrastate",
        "internal, external; interior, exterior; minimum, maximum; million, billion; millions, billions",
        "protested, protected; projection, protection; commission, commissioner; production, reduction",
        "contracted, contacted; contract, contact; contracts, contacts; contrast, contract; refuge, refugee",
        "international, internal; national, rational; marine, martin; president, precedent; presidents, precedents",
        "detection, detention; detained, retained; obtained, attained; retained, regained; retired, rehired",
        "required, acquired, inquired; inspection, infection; infected, injected, inspected; injection, infection",
        "invention, intention; affected, effected; affect, effect; formally, formerly; emission, omission",
        "emissions, omissions; eminent, imminent; historic, historical; economic, economical; losing, loosing",
        "lessen, lesson; breathe, breath; broadcast, forecast; wedding, welding; warning, warming, earning",
        "earnings, warnings; leading, lending",
    )
)
"""Words that look like a misspelling of each other and mean something else."""
