"""A paragraph in each of many languages, and the encodings that it was written in before UTF-8."""

PARAGRAPHS: dict[str, tuple[tuple[str, ...], str]] = {
    "de": (
        ("cp1252", "iso8859_15", "mac_roman", "cp850"),
        "Die Fähre zwischen den beiden Städten fährt ab Montag wieder. Der Bürgermeister erklärte, die "
        "Brücke müsse für größere Lastwagen gesperrt bleiben. Über die Kosten wird später entschieden.",
    ),
    "fr": (
        ("cp1252", "iso8859_15", "mac_roman", "cp850"),
        "Le maire a déclaré que le marché serait fermé jusqu'à l'été prochain. Les élèves de l'école voisine "
        "ont été évacués après une fuite d'eau. « Nous reviendrons bientôt », a assuré la directrice.",
    ),
    "es": (
        ("cp1252", "iso8859_15"),
        "El alcalde anunció que el puerto volverá a abrir mañana. Según los técnicos, la reparación costó "
        "más de lo previsto. ¿Cuándo terminarán las obras? Nadie lo sabe todavía.",
    ),
    "pt": (
        ("cp1252",),
        "A câmara decidiu que a estação não abrirá antes do verão. Os trabalhadores da região pediram uma "
        "reunião com a administração. As negociações vão continuar amanhã.",
    ),
    "it": (
        ("cp1252",),
        "Il sindaco ha detto che la città avrà un nuovo ponte. I lavori cominceranno lunedì, perché la "
        "società non è pronta. Più di mille persone hanno partecipato alla manifestazione.",
    ),
    "sv": (
        ("cp1252",),
        "Färjan mellan öarna går igen från måndag. Kommunen räknar med högre kostnader för bron. Förslaget "
        "läggs fram nästa vecka, säger borgmästaren.",
    ),
    "da": (
        ("cp1252",),
        "Færgen mellem øerne sejler igen på mandag. Borgmesteren sagde, at broen først åbner næste år. Der "
        "blev også talt om højere priser på brød.",
    ),
    "nl": (
        ("cp1252",),
        "De burgemeester zei dat de brug één jaar dicht blijft. De coördinatie met België verliep goed. "
        "Reizigers moeten rekening houden met een omweg via de oude haven, aldus de gemeente. Het café aan "
        "het water blijft open.",
    ),
    "pl": (
        ("cp1250", "iso8859_2"),
        "Burmistrz powiedział, że most zostanie zamknięty na cały rok. Mieszkańcy skarżą się na hałas i "
        "dłuższe objazdy. Władze obiecują, że nowa ścieżka będzie gotowa jeszcze przed świętami.",
    ),
    "cs": (
        ("cp1250", "iso8859_2"),
        "Starosta řekl, že most zůstane uzavřený celý rok. Lidé si stěžují na hluk a delší objížďky. Úřady "
        "slibují, že nová stezka bude hotová ještě před svátky.",
    ),
    "sk": (
        ("cp1250", "iso8859_2"),
        "Primátor povedal, že most zostane zatvorený celý rok. Ľudia sa sťažujú na hluk a dlhšie obchádzky. "
        "Úrady sľubujú, že nový chodník bude hotový ešte pred sviatkami.",
    ),
    "hu": (
        ("cp1250", "iso8859_2"),
        "A polgármester szerint a híd egész évben zárva marad. A lakók a zajra és a hosszabb kerülőkre "
        "panaszkodnak. Az új út még az ünnepek előtt elkészül, ígérik a hatóságok. Őszre nő a forgalom.",
    ),
    "ro": (
        ("cp1250", "iso8859_2"),
        "Primarul a declarat că podul va rămâne închis tot anul. Locuitorii se plâng de zgomot şi de "
        "ocolurile mai lungi. Autorităţile promit că noua alee va fi gata înainte de sărbători.",
    ),
    "hr": (
        ("cp1250", "iso8859_2"),
        "Gradonačelnik je rekao da će most ostati zatvoren cijelu godinu. Stanovnici se žale na buku i duže "
        "obilaske. Vlasti obećavaju da će nova staza biti gotova još prije praznika. Đaci će ići pješice.",
    ),
    "tr": (
        ("cp1254", "iso8859_9"),
        "Belediye başkanı köprünün bütün yıl kapalı kalacağını söyledi. Mahalle sakinleri gürültüden ve uzun "
        "yollardan şikâyet ediyor. Yetkililer yeni yolun bayramdan önce açılacağını belirtti.",
    ),
    "lt": (
        ("cp1257", "iso8859_13"),
        "Meras sakė, kad tiltas liks uždarytas visus metus. Gyventojai skundžiasi triukšmu ir ilgesniais "
        "aplinkkeliais. Valdžia žada, kad naujas takas bus baigtas dar prieš šventes.",
    ),
    "lv": (
        ("cp1257", "iso8859_13"),
        "Mērs teica, ka tilts visu gadu paliks slēgts. Iedzīvotāji sūdzas par troksni un garākiem "
        "apvedceļiem. Varas iestādes sola, ka jaunā taka būs gatava vēl pirms svētkiem.",
    ),
    "et": (
        ("cp1257",),
        "Linnapea ütles, et sild jääb terveks aastaks suletuks. Elanikud kurdavad müra ja pikemate "
        "ümbersõitude üle. Võimud lubavad, et uus tee saab valmis juba enne pühi.",
    ),
    "is": (
        ("cp1252",),
        "Bæjarstjórinn sagði að brúin yrði lokuð allt árið. Íbúar kvarta undan hávaða og lengri leiðum. "
        "Yfirvöld lofa því að nýi stígurinn verði tilbúinn fyrir hátíðirnar.",
    ),
    "ru": (
        ("cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic"),
        "Мэр заявил, что мост останется закрытым весь год. Жители жалуются на шум и длинные объезды. Власти "
        "обещают, что новая дорога будет готова ещё до праздников.",
    ),
    "uk": (
        ("cp1251", "koi8_u"),
        "Мер заявив, що міст залишиться зачиненим увесь рік. Мешканці скаржаться на шум і довгі об'їзди. "
        "Влада обіцяє, що нова дорога буде готова ще до свят.",
    ),
    "bg": (
        ("cp1251", "iso8859_5"),
        "Кметът заяви, че мостът ще остане затворен през цялата година. Жителите се оплакват от шума и "
        "дългите обходи. Властите обещават, че новият път ще бъде готов преди празниците.",
    ),
    "sr": (
        ("cp1251",),
        "Градоначелник је рекао да ће мост остати затворен целу годину. Становници се жале на буку и дуже "
        "обиласке. Власти обећавају да ће нова стаза бити готова пре празника.",
    ),
    "el": (
        ("cp1253", "iso8859_7"),
        "Ο δήμαρχος δήλωσε ότι η γέφυρα θα μείνει κλειστή όλο τον χρόνο. Οι κάτοικοι παραπονιούνται για τον "
        "θόρυβο. Οι αρχές υπόσχονται ότι ο νέος δρόμος θα είναι έτοιμος πριν από τις γιορτές.",
    ),
    "he": (
        ("cp1255", "iso8859_8"),
        "ראש העיר אמר כי הגשר יישאר סגור כל השנה. התושבים מתלוננים על הרעש ועל הדרכים הארוכות. הרשויות "
        "מבטיחות שהשביל החדש יהיה מוכן עוד לפני החגים.",
    ),
    "ar": (
        ("cp1256", "iso8859_6"),
        "قال رئيس البلدية إن الجسر سيبقى مغلقا طوال العام. ويشتكي السكان من الضوضاء والطرق الطويلة. وتعد "
        "السلطات بأن الطريق الجديد سيكون جاهزا قبل الأعياد.",
    ),
    "th": (
        ("cp874", "tis_620"),
        "นายกเทศมนตรีกล่าวว่าสะพานจะปิดตลอดทั้งปี ชาวบ้านร้องเรียนเรื่องเสียงดังและเส้นทางอ้อมที่ยาวขึ้น เจ้าหน้าที่สัญญาว่าทางใหม่จะเสร็จก่อนวันหยุด",
    ),
    "zh": (
        ("gb18030", "gb2312"),
        "市长表示,这座桥将全年关闭。居民抱怨噪音和绕行的路太长。有关部门承诺,新路将在节日之前完工。记者从会议上了解到,工程费用比预计的高。",
    ),
    "zt": (
        ("big5", "cp950"),
        "市長表示,這座橋將全年關閉。居民抱怨噪音和繞行的路太長。有關部門承諾,新路將在節日之前完工。記者從會議上了解到,工程費用比預計的高。",
    ),
    "ja": (
        ("cp932", "euc_jp"),
        "市長は、橋を一年間閉鎖すると発表しました。住民からは騒音や遠回りについての苦情が出ています。"
        "当局は、新しい道を祝日までに完成させると約束しています。",
    ),
    "ko": (
        ("cp949", "euc_kr"),
        "시장은 다리가 일 년 내내 폐쇄될 것이라고 밝혔다. 주민들은 소음과 먼 우회로에 대해 불평하고 있다. "
        "당국은 새 길이 명절 전에 완공될 것이라고 약속했다.",
    ),
}
