"""The phrases around stories: of boilerplate, teasers and sign-offs, and the names of agencies."""


def words(text: str) -> frozenset[str]:
    """Return the words of `text` as a set."""
    return frozenset(text.split())


# Buttons next to a story. A share bar consists of these, names of networks and counts.
SHARE_PHRASES = (
    r"share (?:this|via|on|with)(?: (?:article|story|post|page|facebook|twitter|x|email|friends))*|share:",
    r"e-?mail this|print this(?: article)?|copy (?:link|url)|pin it|follow us(?: on)?|share on",
)
SHARE_ACTIONS = (
    r"share(?: (?:this|via|on|with)(?: (?:article|story|post|page|facebook|twitter|x|email|friends))*)?(?: on)?:?",
    r"tweet|retweet|e-?mail(?: this)?|print(?: this)?(?: article)?|copy (?:link|url)|pin it|save|bookmark",
    r"follow(?: us)?(?: on)?|like(?: this)?(?: on)?",
    r"teilen|drucken|merken|partager|imprimer|compartir|imprimir|condividi|delen|поделиться|udostępnij|paylaş|compartilhar",
)
NETWORKS = (
    r"facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|telegram|tumblr|flipboard|messenger|mastodon|bluesky|threads",
    r"instagram|youtube|pocket|line|xing|google\+|digg|stumbleupon|vk|viber|wechat|weibo",
)

# Links to the rest of the story.
READ_MORE = (
    r"continue reading|continue to full article|read more|read on|keep reading|full (?:story|article)|more\s?>>",
    r"read (?:the )?(?:full|entire|whole|complete|original) (?:story|article|post|report|piece)",
    r"weiterlesen|mehr lesen|(?:hier )?zum (?:ganzen )?artikel|lire la suite|en savoir plus",
    r"leer más|seguir leyendo|sigue leyendo|continuar leyendo|leia mais|continue lendo",
    r"leggi tutto|continua a leggere|lees (?:meer|verder)|läs mer|les mer|læs mere|lue lisää|llegir més|tovább olvasom",
    r"číst (?:dál|dále|více)|čítať (?:ďalej|viac)|czytaj (?:dalej|więcej)|citește mai (?:mult|departe)|devamını oku",
    r"читать (?:далее|дальше|полностью)|читати далі|прочетете повече|διαβάστε περισσότερα|(?:baca )?selengkapnya",
    r"xem tiếp|đọc tiếp|続きを読む|阅读(?:全文|更多)|閱讀(?:全文|更多)|더 ?보기|اقرأ المزيد|קרא עוד|और पढ़ें",
)
# Links to other stories, removed with the whole line. Other text rarely begins with these ...
RELATED_STORIES = (
    r"(?:also read|read also|read more|more on this story|related (?:stories|articles|news|content|coverage)) ?:",
    r"(?:lesen sie auch|lesen sie mehr|mehr zum thema|lire aussi|à lire aussi|lea también|lee también|leggi anche"
    r"|leia também|lees ook|läs också|les også|læs også) ?:",
    r"(?:lue myös|czytaj (?:też|także|również)|zobacz (?:też|także)|čtěte (?:také|též)|prečítajte si aj"
    r"|olvasd el ezt is|pročitajte i|citește și|llegiu també|baca juga|читайте (?:также|також|ещё|еще)"
    r"|прочетете още|διαβάστε επίσης|te puede interesar|le puede interesar|puede interesarte|veja também"
    r"|đọc thêm|اقرأ (?:أيضا|أيضًا|أيضاً)|קראו עוד"
    r"|関連記事|延伸阅读|相关阅读|延伸閱讀|관련기사|यह भी पढ़ें) ?[:：]",
)
# ... and these also begin sentences.
RELATED = (r"(?:see also|related|more on this|don['’]t miss|siehe auch|voir aussi) ?:",)
# Before the link to one other story, without a colon: "Read more The ferry sails again".
RELATED_LINKS = (
    r"(?:read (?:more|next|also)|also read|see also|related(?: (?:story|article))?|lesen sie (?:auch|mehr)|lire aussi"
    r"|à lire aussi|(?:lea|lee) también|leggi anche|leia também|lees ook) ",
)
# Lines of their own above such links.
RELATED_LABELS = (
    r"related(?: (?:stor(?:y|ies)|articles?|news|content|coverage|posts?|links?|reading|videos?|topics?))?|see also",
    r"(?:also read|read also|read (?:next|more)|up next|keep reading|more on this(?: (?:story|topic))?)",
    r"recommended(?: (?:for you|stories|articles|reading|videos?))?|you (?:may|might) also (?:like|be interested in)",
    r"trending(?: now)?|most (?:read|popular|viewed)|popular(?: (?:stories|articles|posts))?",
    r"editors?['’]?s?['’]? picks?|auch interessant|mehr zum thema|das könnte (?:sie|dich) auch interessieren",
    r"lesen sie (?:auch|mehr)|lest auch",
    r"lire aussi|à lire aussi|voir aussi|sur le même (?:sujet|thème)|noticias? relacionadas?|te puede interesar",
    r"(?:lea|lee) también|leggi anche|potrebbe(?: anche)? interessarti|leia também|veja também|lees ook|läs också",
    r"les også|læs også|lue myös|czytaj (?:też|także|również)|zobacz (?:też|także)|čtěte (?:také|též)|citește și",
    r"llegiu també|baca juga|читайте (?:также|також|ещё|еще)|прочетете още|διαβάστε επίσης|関連記事|延伸阅读|관련기사",
)
# ... and of links at the end only: "More from the Harbour Post".
MORE_LABELS = (r"(?:more|mehr|plus|más|altro|mais|meer|mer) (?:from|on|in|about|von|aus|de|da|van|från|fra) .{1,60}",)
# In small letters it is a sentence: "Inlägget om bron dök först upp på ..."
_TITLE = r"(?-i:[^a-zß-ÿα-ωа-яёіїєґ\s]).{0,300}"
# Added by WordPress to the entries of its feeds, in the languages of its translations.
WORDPRESS_FOOTERS = (
    r"the post (?-i:[^a-z\s]).{0,300} (?:first appeared|appeared first) on (?-i:[^a-z\s]).{0,120}",
    r"der beitrag .{1,300} erschien zuerst auf .{1,120}",
    r"(?:l['’]article|cet article) .{1,300} est apparu en premier sur .{1,120}",
    r"la entrada .{1,300} (?:se publicó primero en|aparece primero en|apareció primero en) .{1,120}",
    r"o post .{1,300} apareceu primeiro em .{1,120}",
    r"l['’]articolo .{1,300} (?:proviene da|sembra essere il primo su) .{1,120}",
    r"het bericht .{1,300} verscheen eerst op .{1,120}",
    rf"l['’]entrada {_TITLE} ha aparegut primer a .{{1,120}}|articolul {_TITLE} apare prima dată în .{{1,120}}",
    rf"inlägget {_TITLE} dök först upp på .{{1,120}}|innlegget {_TITLE} dukket først opp på .{{1,120}}",
    rf"indlægget {_TITLE} (?:blev først udgivet|dukkede først op) på .{{1,120}}",
    rf"artikkeli {_TITLE} julkaistiin ensimmäisen(?:ä|ä kerran) .{{1,120}}",
    rf"artykuł {_TITLE} pochodzi z serwisu .{{1,120}}",
    rf"το άρθρο {_TITLE} εμφανίστηκε πρώτα στο .{{1,120}}|сообщение {_TITLE} появились сначала на .{{1,120}}",
    rf"(?:запис|допис) {_TITLE} (?:спершу|вперше) з['’ʼ]явився на .{{1,120}}",
    rf"(?:artikel|pos) {_TITLE} pertama kali (?:tampil|muncul) (?:pada|di) .{{1,120}}",
    rf"投稿 {_TITLE} は .{{1,120}} に最初に表示されました",
)
# Added by the feeds of Reddit, Hacker News and Slashdot, and shortcodes that WordPress didn't expand.
FEED_FOOTERS = (
    r"submitted by /?u/\S+.{0,120}|submitted by ?\S+ (?:to \S+ )?\[link\] ?\[(?:\d+ )?comments?\]",
    r"(?:article|comments) url: ?\S+",
    r"read more of this story at .{1,60}",
    r"\[[a-z]\w*+(?:-\w++)*+"
    r"(?: [\w-]{1,40}=(?:[”\"″'’][^\[\]”\"″'’]{0,300}[”\"″'’]|[^\[\]\s”\"″'’]{1,300})){1,20}"
    r"(?: [\w-]{1,40}){0,5} ?/?\]",
    # with attributes that lack quotes or values, if others have quotes
    r"\[[a-z][\w-]{0,40} (?=[^\[\]]{1,300}=[”\"″'’])[\w-]{1,40}=[^\[\]]{1,400}\]",
    r"\[/[a-z][\w-]{0,40}\]",
    r"\[(?:gallery|caption|playlist|contact-form(?:-7)?|toc|adsense|vc_\w+|et_\w+)\]",
)
# ... and lines that box scores and reports have too.
FEED_COUNTS = (r"points: \d+|#? ?comments: \d+|submitted by(?: \S+ to)? ?\S+",)
ADVERTISEMENTS = (
    r"(?:story|article) continues (?:below |after )?(?:this )?(?:advertisement|advert|ad)s?(?: below)?",
    r"advertisement|advert|advertisement continues below|anzeige|werbung|publicité|publicidad|pubblicità|publicidade",
    r"реклама|reklama|reklam|iklan|mainos|inzerce|hirdetés|διαφήμιση|publicitat|广告|廣告|広告|광고|quảng cáo|विज्ञापन",
    r"(?:story|article) continues (?:below|after) (?:this )?(?:video|newsletter signup)",
    r"(?:skip past|after) newsletter promotion",
    r"sign up (?:for|to|here)\b.{0,150}\b(?:newsletters?|(?:your|our|the) inbox|our .{1,40}briefing)\b.{0,60}",
    r"subscribe to (?:our|the)\b.{0,80}\bnewsletters?\b.{0,40}",
    r"our standards: the thomson reuters trust principles.{0,40}",
)
AD_LABELS = (r"sponsored(?: content)?|promoted|ads?(?: by google)?|annonce|annons|advertentie|oglas|إعلان|פרסומת",)
COMMENT_LINKS = (
    r"(?:\(?\d+\)? )?comments?(?: \(\d+\))?|no comments(?: yet)?|\[?link\]? ?\[?(?:\d+ )?comments?\]?",
    r"(?:leave|add|post|write) a (?:comment|reply)|join the (?:conversation|discussion)",
)

# As in signatures at the end of a story.
SIGNING_AGENCIES = (
    r"AP|AFP|dpa(?:-AFX|-infocom)?|DPA|UPI|ANI|PTI|IANS|UNI|APA|SDA|Keystone-SDA|ATS|EFE|ANSA|AGI|Reuters?|REUTERS?",
    r"RTRS|TASS|Interfax|RIA|Xinhua|XINHUA|Kyodo|KYODO|Jiji|Yonhap|YONHAP|Bernama|BERNAMA|Antara|ANTARA|PNA|CNA|VNA",
    r"SANA|WAM|KUNA|IRNA|MAP|APS|TAP|QNA|SPA|NNA|Lusa|LUSA|Belga|BELGA|ANP|NTB|TT|Ritzau|ritzau|STT|BNS|ELTA|LETA",
    r"PAP|MTI|ČTK|TASR|HINA|Hina|Tanjug|AGERPRES|BTA|ANA-MPA|AAP|PA|CP|SAPA|NAN|APP|UNB|BSS|KNA|epd|SID|sid|kna|awp",
    r"Bloomberg|Dow Jones|CNN|VOA|RFE/RL|AA|Adnkronos|askanews|Askanews|ITALPRESS|LaPresse|Europa Press|EP|Télam",
    r"Notimex|Folhapress|FOLHAPRESS|Agência Brasil|[Aa]gencies|AGENCIES|Agencias|Agences|Agenturen",
    r"Agence France-Presse|(?:The )?Associated Press|(?:La |The )?(?:Presse canadienne|Canadian Press)|Agencia EFE",
    r"Press Trust of India|Asian News International|Deutsche Presse-Agentur|Kyodo News|Thomson Reuters",
)
# Before the names of agencies: "Mit Material der dpa", "With files from The Canadian Press".
WITH_AGENCIES = (
    r"[Ww]ith (?:additional )?(?:inputs?|files|reports?|reporting|material|information|agency inputs?) (?:from|by|of)",
    r"[Mm]it (?:Material|Informationen|Agenturmaterial|Meldungen)(?: (?:der|des|von|vom))?|[Mm]it",
    r"[Aa]vec|[Cc]on|[Cc]om|[Ww]ith",
    r"[Cc]on (?:información|informaciones|datos) de|[Cc]om informações (?:da|do|de)|[Aa]vec des informations d[eu]",
)
# At the beginning of a credit line, before "by", "von", "par" ... and names.
CREDIT_WORDS = (
    r"(?:[Aa]dditional |[Aa]dded |[Ff]urther )?(?:[Rr]eport|[Ww]rit|[Ee]dit|[Cc]ompil|[Tt]ranslat)(?:ing|ed|ten)",
    r"(?:(?:--?|–|—) ?)?[Ww]ith (?:additional )?(?:reporting|assistance from|files from)",
    r"[Cc]ontribut(?:ing|ions?)|[Pp]hotograph(?:y|s|ing)|[Pp]roduced|[Ww]ritten",
    r"[Bb]ericht|[Bb]erichtet|[Gg]eschrieben|[Rr]edigiert|[Bb]earbeitet|[Üü]bersetzt|[Mm]itarbeit|[Bb]earbeitung",
    r"[Rr]édigé|[ÉéEe]dité|[Rr]eportage|[Tt]raduit|[Rr]epor(?:te|taje|tagem)|[Rr]eportado|[Ii]nformación|[Ee]scrito",
    r"[Ee]ditado|[Ee]dición|[Ee]dição|[Rr]edacción|[Tt]raducido|[Tt]raduzido|[Rr]edação|[Aa] cura",
    r"[Ss]critto|[Tt]radotto",
)

# As in datelines, in any case.
DATELINE_AGENCIES = (
    r"reuters|reuter|rtrs|(?:the )?associated press|afp|afp-jiji|dpa|upi|ani|pti|ians|uni|apa|sda|ats|keystone-sda|awp",
    r"efe|europa press|télam|telam|notimex|prensa latina|agência brasil|folhapress|agência lusa|estadão conteúdo|lusa",
    r"ansa|adnkronos|agi|askanews|italpress|lapresse|radiocor|teleborsa|nova|9colonne|dire|tass|itar-tass|тасс|interfax",
    r"интерфакс|ria novosti|риа новости|sputnik|xinhua|kyodo(?: news)?|jiji(?: press)?|yonhap|bernama|antara|pna|vna",
    r"sana|wam|spa|irna|kuna|qna|bna|wafa|petra|mena|map|aps|tap|anadolu(?: agency)?|shafaq news|tanjug|belga|anp|ntb",
    r"ritzau|stt|bns|elta|leta|pap|čtk|ctk|tasr|mti|agerpres|bta|hina|beta|ukrinform|unian|armenpress|kazinform|trend",
    r"aap|nzpa|nan|gna|sapa|app|unb|bss|(?:the )?canadian press|la presse canadienne|pa media|bloomberg|dow jones|cnn",
    r"cns|rns|kna|epd|sid|ots|ips|inter press service|nampa|agence ecofin|panapress|globe ?newswire|business ?wire|voa",
    r"pr ?newswire|newswire|canada newswire|cnw(?: group)?|accesswire|marketwired?|news ?file corp\.?|einpresswire|ein",
    r"states newsroom|kff health news|propublica|thomson reuters foundation|rfe/rl|media outreach newswire|prn",
    r"mehr|mna|tasnim|isna|fars|apo group",
)
# Two letters that are also stock symbols, states and parties: agencies only after a known place.
SHORT_AGENCIES = words("ap pa aa cp tt")
# Words with other meanings too, except in capitals.
WORDS_AND_AGENCIES = words("nova dire beta trend map spa tap app uni ein petra pap sana nan hina")

# In brackets after the last sentence, but not initials.
NOT_INITIALS = words(
    "sic see and the etc ibid cont bst gmt utc vat aka usd eur gbp ltd inc plc adr ipo ii iii iv and/or he/she his/her "
    "him/her on/off yes/no"
)
