"""The words that are around stories: what widgets, teasers and sign-offs say, and what agencies call themselves."""


def words(text: str) -> frozenset[str]:
    """Return the words of `text` as a set."""
    return frozenset(text.split())


# Buttons beside a story. A share bar is made of these, names of networks and counts.
SHARE_ACTIONS = (
    r"share(?: (?:this|via|on|with)(?: (?:article|story|post|page|facebook|twitter|x|email|friends))*)?(?: on)?:?",
    r"tweet|retweet|e-?mail(?: this)?|print(?: this)?(?: article)?|copy (?:link|url)|pin it|save|bookmark",
    r"follow(?: us)?(?: on)?|like(?: this)?(?: on)?",
    r"teilen|drucken|merken|partager|imprimer|compartir|imprimir|condividi|delen",
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
    r"leggi tutto|continua a leggere|lees (?:meer|verder)|läs mer",
)
# Links to other stories: the whole line goes.
RELATED = (
    r"(?:also read|read also|read more|see also|more on this|don['’]t miss):.{0,200}",
    r"related(?: stories| articles| news)?:.{0,200}",
    r"(?:lesen sie auch|lire aussi|à lire aussi|lea también|lee también|leggi anche|leia também|lees ook):.{0,200}",
)
# What WordPress adds to the entries of its feeds, in the languages of its translations.
WORDPRESS_FOOTERS = (
    r"the post (?-i:[^a-z\s]).{0,300} (?:first appeared|appeared first) on (?-i:[^a-z\s]).{0,120}",
    r"der beitrag .{1,300} erschien zuerst auf .{1,120}",
    r"(?:l['’]article|cet article) .{1,300} est apparu en premier sur .{1,120}",
    r"la entrada .{1,300} (?:se publicó primero en|aparece primero en|apareció primero en) .{1,120}",
    r"o post .{1,300} apareceu primeiro em .{1,120}",
    r"l['’]articolo .{1,300} (?:proviene da|sembra essere il primo su) .{1,120}",
    r"het bericht .{1,300} verscheen eerst op .{1,120}",
)
# What the feeds of Reddit, Hacker News and Slashdot add, and shortcodes that WordPress didn't expand.
FEED_FOOTERS = (
    r"submitted by /?u/\S+.{0,120}",
    r"(?:article|comments) url: ?\S+|points: \d+|#? ?comments: \d+",
    r"read more of this story at .{1,60}",
    r"\[/?[a-z]\w*+(?:-\w++)*+(?: [\w-]{1,40}=[”\"″'’][^\[\]]{0,300})?\]",
)
ADVERTISEMENTS = (
    r"(?:(?:story|article) continues )?(?:below |after )?(?:this )?(?:advertisement|advert|ad)s?(?: below)?",
    r"(?:story|article) continues (?:below|after) (?:this )?(?:video|newsletter signup)",
    r"anzeige|werbung|publicité|publicidad|pubblicità|publicidade|sponsored(?: content)?|promoted",
    r"(?:skip past|after) newsletter promotion",
    r"sign up (?:for|to|here)\b.{0,150}\b(?:newsletters?|inbox|briefing|emails?)\b.{0,60}",
    r"subscribe to (?:our|the)\b.{0,80}\bnewsletters?\b.{0,40}",
    r"our standards: the thomson reuters trust principles.{0,40}",
)
COMMENT_LINKS = (
    r"(?:\(?\d+\)? )?comments?(?: \(\d+\))?|no comments(?: yet)?|\[?link\]? \[?comments\]?",
    r"(?:leave|add|post|write) a (?:comment|reply)|join the (?:conversation|discussion)",
)

# As they sign at the end of a story.
SIGNING_AGENCIES = (
    r"AP|AFP|dpa|DPA|UPI|ANI|PTI|IANS|APA|SDA|ATS|EFE|ANSA|Reuters?|REUTERS?|TASS|Interfax|Xinhua|Kyodo|Yonhap",
    r"Bernama|BERNAMA|Antara|PNA|SANA|WAM|Lusa|Belga|ANP|NTB|TT|Ritzau|STT|BNS|PAP|MTI|AAP|PA|Bloomberg|Dow Jones",
    r"KNA|epd|SID|CNN|CNA|[Aa]gencies|Agencias|Europa Press|AA|VOA|RFE/RL",
)
# As they are named in datelines, in any case.
DATELINE_AGENCIES = (
    r"reuters|reuter|rtrs|ap|(?:the )?associated press|afp|afp-jiji|dpa|upi|ani|pti|ians|apa|sda|ats|efe|europa press",
    r"ansa|adnkronos|agi|tass|itar-tass|тасс|interfax|интерфакс|ria novosti|риа новости|sputnik|xinhua|kyodo(?: news)?",
    r"jiji(?: press)?|yonhap|bernama|antara|pna|sana|wam|spa|irna|kuna|mena|map|aa|anadolu|shafaq news|tanjug",
    r"lusa|belga|anp|ntb|tt|ritzau|stt|bns|elta|pap|čtk|ctk|tasr|mti|agerpres|bta|hina|beta|ukrinform|unian|aap",
    r"cp|(?:the )?canadian press|pa|pa media|bloomberg|dow jones|cnn|cns|rns|kna|epd|sid|ips|inter press service|nampa",
    r"globe newswire|business wire|pr ?newswire|newswire|canada newswire|cnw|accesswire|marketwired?|news ?file corp",
    r"states newsroom|kff health news|propublica|thomson reuters foundation|rfe/rl|voa",
)
# In brackets after the last sentence, but nobody's initials.
NOT_INITIALS = words("sic see and the etc ibid cont bst gmt utc vat aka usd eur gbp ltd inc plc adr ipo ii iii iv")
