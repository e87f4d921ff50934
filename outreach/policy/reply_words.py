"""What people write back, by language: the words of each meaning, and the expressions in which the same words mean nothing.

Each line is a small regular expression over a text as ``outreach.policy.replies.plain`` leaves it: lower case, no accents,
no doubled letters, one space between words, no punctuation. Lines are folded in the same way, so they may be written as
people spell. ``…`` stands for up to three words, ``^`` and ``$`` for the
beginning and the end of the text.
"""

from __future__ import annotations

SAID_OTHERWISE = {
    "jveux": "je veux", "jveu": "je veux", "jvx": "je veux", "veu": "veux", "plu": "plus", "pa": "pas", "msg": "message",
    "msgs": "message", "texto": "message", "textos": "message", "txt": "message", "sms": "message", "mms": "message",
    "mesages": "message", "messages": "message", "tel": "telephone", "num": "numero", "jai": "j ai", "jsuis": "je suis", "chui": "je suis",
    "chuis": "je suis", "cest": "c est", "dont": "don t", "pls": "please", "plz": "please", "numeros": "numero", "st0p": "stop",
    "🛑": "stop", "⛔": "stop", "🚫": "stop", "sotp": "stop", "tsop": "stop", "stpo": "stop",
}  # fmt: skip
"""Short cuts and slips of the thumb, word by word, and the signs that say it without words."""

POLITE = """
    svp, stp, merci, merci beaucoup, merci bien, merci d avance, grand merci, s il vous plait, sil vous plait, s il te plait, siouplait, bonjour,
    bonsoir, salut, coucou, madame monsieur, madame, monsieur, messieurs, cordialement, bonne journee, bonne soiree, bien a vous, ok, d accord
    please, thanks, thank you, hello, hi, sir, dear sir, por favor, gracias, muchas gracias, hola, buenos dias, obrigado, obrigada, ola, bom dia
    per favore, grazie, buongiorno, va rog, multumesc, buna ziua, buna, lutfen, tesekkurler, tesekkur ederim, sagolun, merhaba, bitte, danke
    пожалуйста, спасибо, здравствуйте, добрый день, будь ласка, дякую, добрий день, شكرا, من فضلك, من فضلكم, لو سمحت, السلام عليكم, shukran, chokran
    choukran, salam, salam alikoum, afak, 谢谢, 请, 你好, நன்றி, ধন্যবাদ, दया करके, कृपया, prosze, dziekuje, dzien dobry
"""
"""What changes nothing at either end of a text."""

NO_THANKS = """
    non merci, no thanks, no thank you, no gracias, nao obrigado, nao obrigada, no grazie, nu multumesc, hayir tesekkurler, нет спасибо, ні дякую
    لا شكرا, la shukran, la choukran, nein danke, nie dziekuje, 不用谢谢, 不要谢谢
"""
"""Polite words that are none: a whole text that says so is a stop."""

STOP_ALONE = """
    stop, stopp, stope, stopez, stoper, stopt, stopall, stopsms, unsubscribe, optout, opt out, cancel, end, quit, revoke, remove, enough
    arret, arrete, arrete moi ca, arretez, arreter, arretes, arretons, assez, desinscription, desabonnement, ca suffit, ca suffit maintenant
    ca suffit comme ca, non stop, non non stop, no stop, stop non, plus rien, oubliez moi
    basta, basta ya, alto, para, pare, paren, parad, parem, parar, baja, cancelar, chega, sair, fermatevi, smettetela, smettila, annulla
    opriti, opriti va, opreste, dur, durdur, durdurun, durun, iptal, yeter, yeter artik
    baraka, barka, khalas, khlas, khelas, halas, safi, 7bes, hbes, hbess, 7abes, wa9ef, waqef, wakef, wakfou, wa9fou
    بس, خلاص, كفى, كفاية, قف, توقف, توقفوا, اوقف, اوقفوا, وقفوا, ايقاف, الغاء, стоп, хватит, довольно, отписка, отписаться, прекратить
    досить, годі, зупинити, відписатися, відписка, aufhoren, abmelden, genug, przestancie, dosc, wypisz, ndal, mjaft, 停, 停止, 退订, 退訂, 取消
    நிறுத்து, நிறுத்துங்கள், நிறுத்தவும், வேண்டாம், বন্ধ, বন্ধ করুন, থামুন, থামান, বন্ধ করো, बंद करो, बंद करें, रोको, बस, بند کریں, بند کرو
"""
"""A whole text, its polite words aside. Short words of daily life (« para », « dur ») mean stop only when they stand alone."""

STOP = {
    "fr": """
        stop(?:e|ez|er|ping)?\\d*
        arrete(?:z|r)
        arrete (?:moi|de|d|les?|vos|ces|tout|ca|avec|stp|svp|maintenant)
        arret (?:des?|du|d|les|vos|tout|immediat|definitif|total)? ?(?:vos |ces |tous |les )?(?:message|envois?|appels?|courriers?|relances?|notifications?|pub\\w*)
        arret (?:immediat|definitif|total)$
        (?:cesse|cessez|cesser|veuillez cesser)
        n en (?:veux|veut|voulons) (?:plus|pas)
        plus aucun (?:contact|appel)
        ^plus jamais(?: ca)?$
        plus (?:aucun|de|d|vos|ces|un seul) ?(?:vos |ces )?(?:message|appels?|courriers?|mails?|relances?|notifications?|pub\\w*|nouvelles de vous)
        (?:pas|aucun|0|zero) (?:de )?(?:vos |ces )?(?:message|pub\\w*|demarchage)
        (?:m|me|nous|moi|l|le|la) (?:re)?(?:contacte|appele|rappele|ecrive|envoye|derange|embete|relance|harcele|sollicite|importune|telephone)[zr]?[sn]?t? (?:plus|jamais)
        (?:m|me|nous) (?:re)?(?:contacte|appele|ecrive|envoye|derange|embete|relance|harcele|sollicite|importune)[zr] pas(?: rien)?$
        (?:envoye|ecrive|contacte|appele|telephone)[zr]? (?:moi )?(?:plus|jamais)(?: rien| de message)?
        ne plus (?:me|m|nous|jamais|etre|recevoir|rien)
        ne pas (?:me |m |nous )(?:re)?(?:contacter|deranger|solliciter|envoyer)
        (?:veux|veut|souhaite|desire|voudrais|veus) (?:plus|pas)(?: jamais)? (?:de |d |recevoir|etre|entendre|qu on|que vous|vous parler|rien recevoir|vos )
        (?:veux|veut|souhaite|demande|aimerais) (?:que vous |qu on )?(?:arret\\w+|stop\\w*|me desabon\\w+|me desinscri\\w+)
        (?:laisse[zr]?|foute[zr]?|fiche[zr]?|fou|fous) (?:moi|nous|mwa) (?:tranquille?s?|en paix|la paix|trankil\\w*)
        (?:lache[zr]?|oublie[zr]?) (?:moi|nous)$
        (?:enleve|retire|supprime|efface|raye|sorte|vire|ote|radie)[zr]? (?:moi|mon|mes|nous|ce numero|le numero|notre)
        (?:etre|suis) (?:enleve|retire|supprime|efface|raye|radie)e?
        (?:me |m |moi )?des(?:abon|inscri)\\w*
        (?:je )?m oppose
        (?:droit d|fais) opposition
        refuse (?:d etre|que vous|vos|tout|de recevoir|les message|tous)
        """,
    "en": """
        unsub\\w*
        opt(?:ing)? (?:me )?out
        (?:remove|delete|erase) (?:me|my)
        (?:take|get) (?:me|my number) off
        (?:don t|do not|never|not) (?:ever )?(?:contact|text|call|message|write|send|ring|phone|bother|disturb)(?: to)?(?: me| us)?(?: any ?more| again| anything)?$
        (?:don t|do not|never) (?:contact|text|call|message|write|send|ring|phone|bother)(?: me| us)? (?:any ?more|again|any)
        no more (?:text|message|call|letter)s?
        (?:quit|cease) (?:text|messag|call|contact|send)ing
        leave (?:me|us) alone
        (?:don t|do not|never) (?:text|call|contact|message) this number
        (?:don t|do not) want (?:any ?more|any|these|your|to (?:be contacted|receive|get|hear))
        """,
    "es": """
        no me (?:escriba|llame|contacte|mande|envie|moleste)n?(?: mas| nada)?$
        no me (?:escriba|llame|contacte|mande|envie|moleste)n? (?:mas|nunca)
        no (?:quiero|deseo) (?:mas|recibir|que me)
        (?:deje|dejen|deja|dejad|pare|paren|basta) (?:ya )?de (?:me |m )?(?:escrib|llam|mand|envi|molest|mensaj|contact)\\w*
        no me envies (?:nada|mas)
        no mas (?:mensajes|sms|message|llamadas)
        (?:dejenme|dejeme|dejame|dejadme) en paz
        (?:dar|den|de)(?:me)? de baja
        darme de baja
        (?:borr|quit|elimin)(?:en|e|ar?) (?:mi|me)
        """,
    "pt": """
        nao (?:me )?(?:contacte|mande|envie|ligue|incomode|escreva|chateie)m?(?: me)?(?: mais| nada)?$
        nao (?:me )?(?:contacte|mande|envie|ligue|incomode|escreva)m? (?:me )?mais
        nao quero (?:mais|receber|que me)
        (?:pare|parem|para|deixem?) de (?:me )?(?:escrev|lig|mand|envi|incomod|chate|contact)\\w*
        (?:pare|parem|para) com (?:isso|isto|as|os)
        deixem? me em paz
        me deixem? em paz
        (?:retire|remova|tire|apague)m? (?:o |me|meu)
        """,
    "it": """
        non (?:mi )?(?:contattate|chiamate|scrivete|mandate|disturbate|inviate)(?:mi)?(?: piu| niente| messaggi)*$
        non (?:mi )?(?:contattate|chiamate|scrivete|mandate|disturbate|inviate)(?:mi)? piu
        non voglio (?:piu|ricevere|essere)
        (?:smettete|smettetela|smettila|basta) (?:di|con|messaggi|sms)
        lasciatemi (?:in pace|stare)
        (?:cancellatemi|toglietemi|disiscriv\\w*|disiscrizione)
        basta messag\\w*
        """,
    "ro": """
        nu (?:ma |imi |mi |ne )?(?:mai )?(?:sunati|contactati|scrieti|trimiteti|deranjati|suna|scrie)(?: mai| nimic| mesaje)*$
        nu (?:ma |imi |mi )?mai (?:sunati|contactati|scrieti|trimiteti|deranjati)
        nu mai (?:vreau|doresc|ma|imi)
        lasati ma in pace
        dezabon\\w*
        opriti (?:mesaj\\w*|va)
        stergeti (?:mi |ma |numarul)
        """,
    "tr": """
        (?:mesaj|sms|message) (?:atma|gonderme|yollama|yazma|istemi)\\w*
        (?:beni |bizi |bir daha )+(?:arama|rahatsiz|yazma)\\w*
        aramayin
        rahatsiz etme\\w*
        (?:listeden|uyelikten) (?:cik|sil)\\w*
        mesajlari (?:durdur|kes)\\w*
        """,
    "ar": """
        (?:و|ف)?(?:توقف|توقفوا|اوقفوا|اوقف|وقفوا|وقفو|ايقاف|كفى)
        لا (?:ترسل|تراسل|تتصل|تكلم|تبعث|تزعج)\\w*
        (?:ما|م) ?(?:ترسل|تتصل|تبعت|تبعث|تصيفط)\\w*
        لا (?:اريد|ارغب) (?:رسائل|رساءل|المزيد|اي|تلقي|هذه|مكالمات)
        (?:ما|م) ?(?:بغيت|نبغي|نحب)\\w* (?:رسائل|ميساج|هاد|حتى)
        (?:اتركوني|خلوني|احذفوا|امسحوا|الغاء الاشتراك|حذف رقمي)
        """,
    "arabizi": """
        (?:khalas|khlas|khelas|baraka|barka|bezaf) (?:men |mn |min )?(?:les |had |l )?(?:message|appels?|rsayel|mesajet|3lina|3liya)
        (?:ma|mat|la)? ?(?:tseftou|seftou|b3atou|tb3atou|tersl|tersel|3aytou|t3aytou|tsifto|tsiftou|tba3tou)\\w*(?:ch|sh|x|ouli)
        (?:la|ma) (?:tersl|tetsl|tettasl|tab3at)\\w*
        (?:khalliw|khaliw|khelliw)n[ia] (?:hanya|trankil\\w*|tranquil\\w*|f ?rahti)
        """,
    "ru": """
        стоп
        (?:остановите|прекратите|хватит|перестаньте|завязывайте|отстаньте|отпишите)\\w*
        не (?:надо )?(?:мне |нам )?(?:больше )?(?:пиш|звон|присыла|беспоко|отправля|слать|шли|писать)\\w*(?: мне| нам| больше)*$
        (?:больше не|не) (?:мне )?(?:пишите|звоните|присылайте|беспокойте|отправляйте) (?:мне )?(?:больше|никогда|ничего)
        больше не (?:пиш|звон|присыла|беспоко|отправля)\\w*
        не хочу (?:больше |ваших |получать|чтобы)
        (?:удалите|уберите) (?:меня|мой|номер)
        отпис\\w+ (?:меня|от)
        оставьте (?:меня|нас) в покое
        """,
    "uk": """
        (?:зупиніть|припиніть|відпишіть|відчепіться|перестаньте)
        (?:більше )?не (?:мені |треба )?(?:більше )?(?:пишіть|дзвоніть|телефонуйте|надсилайте|турбуйте|писати|присилайте)(?: мені| більше)*$
        більше не (?:пиш|дзвон|телефон|надсил|турбу)\\w*
        не хочу (?:більше |отримувати|ваших)
        (?:видаліть|приберіть) (?:мене|мій|номер)
        """,
    "zh": """
        (?:不要|别|別|勿|请勿|請勿|停止)再?(?:给我|給我|向我)?(?:发|發|打|联系|聯系|聯繫|骚扰|騷擾)
        退[订訂]
        取消[订訂][阅閱]
        """,
    "ta": """
        (?:அனுப்ப|அழைக்க|தொடர்பு கொள்ள) ?வேண்டாம்
        (?:செய்தி|குறுஞ்செய்தி)[^ ]* (?:நிறுத்து|வேண்டாம்)[^ ]*
        """,
    "bn": """
        (?:পাঠাবেন|করবেন|দেবেন|দিবেন|পাঠিও) না
        (?:মেসেজ|এসএমএস|বার্তা)[^ ]* (?:বন্ধ|চাই না)
        """,
    "hi": """
        (?:मत|ना) (?:भेजो|भेजें|भेजिए|करो|करें)
        (?:मैसेज|संदेश|फोन) (?:बंद|नहीं)
        """,
    "de": """
        (?:keine|nie)(?: weiteren| mehr)* (?:nachricht\\w*|sms|message|anrufe)
        nicht mehr (?:schreib|anruf|kontaktier|melden)\\w*
        lasst? (?:mich|uns) in ruhe
        """,
    "pl": """
        (?:nie|prosze nie) (?:dzwoni|pisa|pisz|wysyla|kontaktow)\\w*(?: wiecej| mi| do mnie)*$
        przesta(?:n|nc)\\w* (?:pisa|dzwoni|wysyla)\\w*
        """,
}
"""Anywhere in a text: it asks that nobody writes or calls any more."""

NOT_STOP = """
    (?:ne|n|pas|jamais|surtout|veuillez ne) (?:vous |nous |me |m |se |s |les? |la |en |y )?(?:pas )?(?:stop|arret|cess)\\w* (?:pas|jamais|surtout pas)
    (?:ne|n) (?:me |m |vous |nous )?(?:stop|arret|cess)\\w* (?:plus|que|jamais|rien)
    (?:stop|arret|cess)\\w* (?:pas|jamais|plus de (?!message|m |me ))
    (?:ne pas|sans|pour ne pas) (?:me |m |les? |la )?(?:stop|arret|cess)\\w*
    pas (?:me |m |les? |la )?(?:stoppe|arrete|cesse)[rz]
    (?:s|m|t) (?:est|etait|es|suis|etaient|sont|ete)? ?(?:deja |encore |toujours )?(?:arrete|stope)[esr]*
    (?:vous|tu|on|ils|elle|il|bus|train|qui|ca|tout|se|s|me|m|compteur|chaudiere|ascenseur|courant|electricite) (?:vous |se |s |m |me |nous )?arrete[zs]*(?! (?:de |d |avec |a )?(?:m|me|nous|les? message|vos|ces|ca|tout|moi))
    (?:se|s) stop\\w*
    (?:a|ai|as|ont|avons|avez|ete|est|etait|avait) (?:deja |enfin |tout |bien )?(?:arrete|stope)[es]*(?! (?:moi|svp))
    (?:en|a l|au|aux|un|une|mon|ma|son|l|cet|cette|sans|d|prochain|notre|votre|bus|tram|metro|devant l|de l|les|des|ces|deux) arrets?(?! (?:des|de vos|de ces|du|les|vos)? ?(?:message|appels?|envois?|courriers?|relances?))
    arrets? (?:de |du |d |des |au |a )?(?:la |l |ligne |longue )?(?:bus|tram\\w*|metro|car|train|travail|maladie|cardiaque|mater\\w*|accident|ligne|gare|chauffage|compteur|electricite|eau|gaz|production|medical|prolonge|temporaire|activite)
    (?:stop\\w*|arrete[zr]?|arreter|cesse[zr]?)… (?:cut|cuts|cutoff|coupures?|coupe[rz]?|compteurs?|dossier|procedure|contrat|prelevements?|factures?|facturation|huissiers?|disconn\\w*|power|fuites?|water|electricity|electricite|elec|gaz|gas|eau|courant|expulsion|poursuites?|frais|penalites?|travaux|aide|payment|eviction|bailiff|penalt\\w*|abonnement)
    (?:non|bus|au|un|one|next|panneau|feu|covid|full|auto|a ce|le) stops?(?! (?:message|svp|merci))
    (?:don t|do not|never|doesn t|won t|can t|cannot|didn t|does not|not|without) (?:\\w+ )?stop(?:ping|s)?
    stop (?:by|and go|over|at|work|pause|doing|carte|auto|loss|energie|info)
    (?:plus|pas) (?:recu |eu |trouve |vu )?(?:de |aucun )?(?:message|courriers?|appels?) (?:de (?:votre|leur|sa|mon|ma|edf|engie|la|mes)|depuis|recu|sur mon|dans)
    (?:recois|recu|recevons|recoit|ai|avons|a|avait|eu|y a|y avait|reste|lis|trouve|vois|retrouve) (?:plus|pas|jamais)(?: recu| eu| de| d| vos| ces| un seul| aucun)* (?:message|courriers?|appels?|mails?|relances?)
    (?:m|me|nous) (?:re)?(?:contacte|appele|rappele|ecrive|envoye|derange|telephone)[zr]? (?:plus|pas) (?:le|la|les|l|au|a|avant|apres|pendant|entre|sur|tout|trop|si|ce|cet|demain|aujourd|chez|dans|par|en)
    (?:don t|do not) (?:contact|text|call|message|ring|phone) (?:me |us )?(?:before|after|in the|at|on|today|tomorrow|during|this (?:week|morning|evening|afternoon|month)|while|too|until)
    no me (?:llame|escriba|contacte)n? (?:por la|antes|despues|hoy|manana|en|al|a)
    nao (?:me )?(?:ligue|contacte)m? (?:de manha|antes|depois|hoje|amanha|a noite|no|na)
    non (?:mi )?(?:chiamate|scrivete)(?:mi)? (?:la mattina|prima|dopo|oggi|domani|al|di)
    не (?:звоните|пишите) (?:мне )?(?:утром|до|после|сегодня|завтра|днем|вечером|в|на|раньше)
    не (?:дзвоніть|пишіть|телефонуйте) (?:мені )?(?:вранці|до|після|сьогодні|завтра|вдень|увечері|в|на)
    baraka(?:t)? (?:allah|lah|laho|alah|allahou|allahu)\\w*
    (?:fais|fait|mis|faire) opposition (?:a|au|sur)
    (?:mis|ecrit|envoye|tape|mettant|ecrivant|dit|repondu|met) (?:le |un )?stop (?:par erreur|sans faire expres|par megarde|trop vite)
    (?:sent|wrote|typed|replied) stop (?:by mistake|by accident|accidentally)
    des(?:abon|inscri)\\w* (?:de |du |d |a |au |mon |ma |la |le |l )+(?:contrat|box|internet|edf|engie|electricite|gaz|forfait|mobile|veolia|ligne|newsletter|pole|france|ecole|cantine)
    (?:enleve|retire|supprime|efface|ote)[zr]? (?:mon |mes |ma )(?:compteur|dette|facture|penalites?|frais|impaye|colis|disjoncteur|coupure)s?
    (?:etre|suis) (?:retire|supprime|enleve)e? (?:de mon|du) (?:compte|compteur|contrat)
    停止供[电電]
"""
"""Where the same words mean something else, or say when and where rather than never: left aside before looking for a stop."""

START = """
    (?:un|de)?stop (?:annule|anule)
    (?:annule|annuler|annulez|enlever|enlevez|retirez|retirer|supprimez|oubliez|undo|cancel) (?:le |mon |ce |my |the |ma demande de )stop
    start(?: again)?$
    ^unstop
    re(?:abonne|inscri|active|demarre|commence|prene|prend|prendre)[zrs]?(?:re)? (?:moi|mes|les|l|le|de m|a m|de nous|vos)?… (?:message|envois?|moi|m envoyer|m ecrire|appels?|contacts?)
    ^(?:reabonne[zr]?|reinscri\\w*|reprendre|reprenez|resubscribe|reanudar|retomar|riattiva\\w*|reactiver|reactivez|recommencez|reabonnement|reinscription)(?: moi)?$
    (?:veux|voudrais|souhaite|accepte|aimerais) (?:bien )?(?:a nouveau|de nouveau|encore|re) ?(?:de )?(?:recevoir|etre contacte|vos message|avoir)
    (?:veux|voudrais|souhaite|accepte) (?:bien )?(?:recevoir|etre contactee?) (?:a nouveau|de nouveau|encore|vos message a nouveau)
    (?:pouvez|peux) (?:a nouveau|de nouveau|encore|recommencer a|reprendre|continuer a|me reecrire|remettre) ?(?:me |m |l envoi|les|de m)?(?:contacter|ecrire|envoyer|appeler|message)?
    (?:remettez|remets|remettre) (?:moi|mon numero|nous) (?:sur|dans|en)
    (?:resubscribe|subscribe|sign) me(?: up)?(?: again| back)?
    (?:start|resume) (?:sending|texting|messaging|contacting|messages?|texts?)
    (?:want|like) to (?:receive|get)… (?:message|text|messages|texts|them) again
    opt (?:me )?(?:back )?in
    (?:quiero|deseo) (?:volver a|de nuevo)
    quero (?:voltar a|de novo|receber de novo)
    tekrar (?:mesaj|baslat|gonder)\\w*
    (?:возобновите|подпишите меня|снова подписаться|відновіть|підпишіть мене)
    (?:اعادة|اعيدوا) (?:الاشتراك|الارسال|الرسائل)
"""
"""It takes back an earlier stop."""

WRONG_NUMBER = """
    (?:faux|mauvais|pas le bon|pas son|plus son|pas le|erreur d[eu]|erreur sur le|trompee?s? d[eu]|trompez d[eu]|tromper d[eu]|trompe d[eu]|change[ez]? de|plus le bon|n est plus le|mauvai|fau) numero(?! d[eu] (?:contrat|compteur|client|dossier|compte|rue|telephone fixe|facture|securite|porte|batiment))
    (?:mauvaise|pas la bonne|trompez de|trompe de|trompee de|erreur de|erreur sur la|pas cette) personne
    (?:connais|conais|connait|connaissons) (?:pas|aucun|personne|po)(?: du tout)? (?:cette personne|ce monsieur|cette dame|de|d|ce nom|monsieur|madame|m|mme|ce|cette|la personne|qui c est|votre client\\w*)
    (?:je ne connais pas|connais pas|connais po)$
    (?:ne |n |c )?(?:suis|est|etes) (?:pas|plus) (?:madame|monsieur|mme|m|mr|la personne|le titulaire|la bonne personne|ce monsieur|cette dame)(?! (?:content|satisfait|d accord|present|chez|dispo)\\w*)
    mauvais destinataire
    (?:y a|n y a|il y a) pas de (?:monsieur|madame|m|mme)
    (?:ce n est|c est|n est) pas (?:moi|pour moi|mon nom)$
    (?:vous|tu) (?:faites|fais|devez faire) erreur$
    (?:vous vous|tu te) tromp\\w+$
    (?:n habite|habite) (?:plus|pas) (?:ici|la|a cette adresse)
    (?:personne|aucune personne|pas de personne) (?:de|a|avec) ce nom
    wrong (?:number|person|phone|contact)
    (?:don t|do not) know (?:this|that|her|him|any)
    (?:not|isn t) (?:the right|her|his|my) (?:number|person)
    (?:nobody|no one) (?:here )?(?:by|with|of) (?:that|this) name
    numero (?:equivocado|incorrecto|errado|sbagliato|falsch|gresit)
    (?:equivoc\\w+|sbagliat\\w+|engan\\w+|gresit\\w*) (?:de |o |no |il |di )?(?:numero|numarul|persona|pessoa)
    (?:se ha |te has )?equivocad[oa]$
    (?:e |foi )?engano$
    ati gresit
    numar gresit
    yanlis (?:numara|kisi|aradiniz)\\w*
    (?:رقم|الرقم) (?:خاطئ|خاطي|خطا|غلط)
    (?:غلطان|غلطانين|غلطت) (?:في|ف)? ?(?:الرقم|النمرة)
    (?:ghalat|ghalt|8alat) (?:nimra|rakm|raqm|numero|f numero)
    (?:nimra|raqm|rakm) (?:ghalat|ghalta)
    (?:не туда|ошиблись|вы ошиблись) (?:попали|номером|звоните)?
    неправильный номер
    (?:помилились|ви помилились) (?:номером)?
    неправильний номер
    [号號][码碼]?[错錯]|[打发發][错錯]|不是我的[号號]
    (?:falsche|verkehrte) (?:nummer|person)
    (?:zly|pomylka|bledny) (?:numer)?
"""
"""The phone is somebody else's."""

CALL_BACK = """
    (?:r?appele[zr]?|telephone[zr]?|contacte[zr]?|joigne[zr]?|recontacte[zr]?) (?:moi|nous|mw?a)
    (?:me|m|nous) (?:r?appele[rz]|telephone[rz]|recontacte[rz]|contacte[rz]|joindre|r?appeliez|r?appele)(?! (?:pas|plus|que|jamais|mon|votre))
    r?appele[rz](?! (?:vous|que|pas|plus|edf|engie|le service|votre|mon|les? |ce numero|quand|a quel))
    (?:etre|soit|suis) r?appelee?s?
    (?:un|une?|votre|prendre|attends?|attend|besoin d un) (?:petit )?(?:r?appel|coup de fil|coup de telephone)(?! d[eu])
    ^rappel$
    rappel (?:telephonique|demain|ce soir|apres|possible|urgent|souhaite)
    (?:rdv|rendez vous) (?:telephonique|par telephone|au telephone)
    telephone moi
    (?:call|ring|phone) (?:me|us|back)
    (?:please|can you|could you|pls) (?:call|ring|phone)
    (?:give|gimme) (?:me )?a (?:call|ring)
    (?:llameme|llamenme|llamame|llamarme|me llam\\w+|puede[ns]? llamar\\w*|devuelv\\w+ la llamada|me puede[ns]? llamar)
    (?:ligue|liguem|liga|ligar)(?: me)
    (?:me )(?:ligue|liguem|ligar|telefone)
    (?:podem?|poderia) (?:me )?ligar
    (?:ri)?chiam(?:atemi|ami|armi|ate mi)|mi (?:ri)?chiam\\w+
    (?:sunati|suna|contactati) ma
    ma (?:puteti |rog )?(?:suna\\w*|sunati)
    (?:beni|bizi) (?:ara|arayin|arar)\\w*|geri ara\\w*|arayin|arar misiniz
    (?:اتصل|اتصلوا|اتصلو|كلمني|كلموني|عاودوا|هاتفوني|هاتفني)[^ ]*
    (?:3ayet|3aytou|3ayetli|3aytouli|itasel|itaslou|kalem|kalmou|kelmou|3awdou|sowlou|ettasel)\\w*
    (?:перезвоните|позвоните|наберите|свяжитесь|перезвонить|перезвони)\\w*
    (?:передзвоніть|зателефонуйте|подзвоніть|наберіть|перетелефонуйте)
    [给給回](?:我)?(?:打)?(?:个|個)?[电電][话話]|打[电電][话話][给給]我|回[电電]
    ruf\\w* (?:mich|sie mich|uns)|rückruf|bitte anrufen
    (?:prosze (?:o telefon|zadzwonic|oddzwonic)|zadzwon\\w*|oddzwon\\w*)
    (?:অনুগ্রহ করে )?(?:ফোন|কল) (?:করুন|করেন|দিন)
    (?:அழைக்கவும்|அழையுங்கள்|கூப்பிடுங்கள்)
"""
"""They want to be rung."""

NOT_CALL_BACK = """
    (?:ne|pas|n|inutile d[e]?|sans|evite[zr]? d[e]?|besoin d[e]?) (?:pas |plus )?(?:me |m |nous )?(?:besoin (?:de|d) )?(?:me |m |nous )?(?:r?appel\\w*|telephon\\w*|recontact\\w*|contact\\w*)(?: pas| plus| moi)?
    (?:je|j|on) (?:vous|te|t|l|les|la|le|en|ai|viens de|vais|veux|peux|voulais|dois|essaie de|essaye de|ai essaye de|ai deja|ai bien|suis|voudrais) ?(?:vous |te |les |l |deja |bien )?(?:r?appel\\w*|telephon\\w*|recontact\\w*)
    (?:m|me|nous) (?:avez|a|as|ont|avait|aviez) (?:deja |bien )?(?:r?appel\\w*|telephon\\w*|recontact\\w*|contact\\w*)
    (?:don t|do not|no need to|never|not) (?:call|ring|phone)(?: me| us| back)?
    (?:no|nao|non|nu|не) (?:me |mi |ma |мне )?(?:llam\\w+|lig\\w+|chiam\\w+|sun\\w+|звоните)
    (?:will|ll|can i|i) (?:call|ring|phone)(?: you)?(?: back)?
    (?:m|me|s) appelle
"""
"""Where calling is refused, done, or theirs to do."""

PAID = """
    ^(?:paye|regle)e?s?$
    (?:deja|dejas|deja tout|bien|tout|enfin) (?:paye[eszr]*|regle[eszr]*|paier|paie|verse|rembourse[es]*|solde[es]*|acquitte)
    (?:j ai|g|ai|viens de) (?:deja |tout |bien |enfin |fait )*(?:paye[eszr]*|regle[eszr]*)(?! (?:le chauffage|le thermostat|le radiateur|la temperature|le chauffe|mon reveil|la tele|pas))
    (?:j ai|g|ai|avons|a|c est|c|est|sont|ete|etait|ont) (?:deja |tout |bien |enfin |fait )*(?:paye[es]*|regle[es]*|solde[es]*|rembourse[es]*|acquitte[es]*)(?! (?:le chauffage|le thermostat|le radiateur|la temperature|le chauffe|mon reveil|la tele|pas))
    (?:paiement|payement|virement|reglement|cheque|versement|mandat) (?:deja |a ete |est |bien |ete )*(?:fait|effectue|envoye|passe|emis|parti|realise|ok|valide|en cours)e?
    (?:fait|effectue|envoye) (?:deja )?(?:le|un|mon) (?:virement|paiement|payement|reglement|cheque|versement|mandat)
    (?:facture|dette|factures|somme) (?:deja |est |a ete |sont |bien |ete )*(?:payee?s?|reglee?s?|soldee?s?)
    (?:plus|rien) (?:de dette|de facture|a payer|rien a payer|aucune dette|du tout a payer)
    paye (?:hier|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|ce matin|la semaine|le mois|en ligne|par|avant|aujourd|depuis)
    (?:already|all|i|i ve|have|been|was|it s|its|we|fully) (?:just |already |have |been )*paid
    paid (?:already|yesterday|last|it|online|in full|the bill|on)
    (?:ya|hemos|he|esta|fue) (?:lo |la |ya |todo )*(?:pague|pagado|pagada|pagamos|abonado)
    (?:ja|eu|esta|foi) (?:ja |o |a |tudo )*(?:paguei|pago|paga|pagamos|liquidado)
    (?:ho|abbiamo|gia|e|stato) (?:gia |tutto |stato )*(?:pagato|pagata|saldato)
    (?:am|deja|a fost|e) (?:deja |totul )*(?:platit|achitat)\\w*
    (?:odedim|odedik|odendi|odeme yapt\\w*|oduyorum|para yatirdim|faturayi odedim)
    (?:دفعت|دفعنا|سددت|خلصت|تم الدفع|تم السداد|تم الاداء|لقد دفعت)[^ ]*
    (?:khalast|khalest|khlast|dfa3t|dafa3t|khlest|5alast)\\w*
    (?:я |уже |мы |все |всё )+(?:оплат|заплат|уплат)\\w*|оплачено|(?:оплатил|заплатил)[аи]?
    (?:я |вже |ми |все )+(?:сплат|заплат|оплат)\\w*|сплачено|(?:сплатив|сплатила|заплатив|заплатила)
    已[经經]?[付缴繳支交][^ ]*|[付缴繳交]过了|[付缴繳交]了
    (?:schon|bereits) (?:be)?zahlt|(?:be|ge)zahlt
    (?:juz )?zaplac\\w+
    (?:পরিশোধ|টাকা দিয়েছি|দিয়ে দিয়েছি|বিল দিয়েছি)[^ ]*
    (?:பணம் செலுத்தி|கட்டிவிட்டேன்|செலுத்திவிட்டேன்)[^ ]*
"""
"""They say that the debt is paid."""

NOT_PAID = """
    (?:pas|jamais|n ai|pu|peux|peut|veux|vais|dois|pourrais|pourrai|voudrais|comment|quand|si|sera|serait|aurai|aurait|sans|pour|avoir|etre|doit|(?:reste|restant|somme|montant|facture|reussi|arrive|arrive pas|du mal) a) (?:encore |tout |toujours |bien |deja |pas |ete |j ai |c est |le |la |ma |mes |les |facture )*(?:paye|regle|solde|rembours|verse)\\w*
    (?:not|haven t|hasn t|never|can t|couldn t|when i|until|be|get|to be|isn t|wasn t|un) (?:yet |been |it |i |have |get )*paid
    (?:no|nao|non|nu|не) (?:lo |la |ho |am |o |e |he |esta |foi |мы |я )*(?:pag\\w+|plat\\w+|оплат\\w+|заплат\\w+)
    не (?:оплат|заплат|уплат|сплат)\\w*
    (?:لم|ما) (?:ادفع|ندفع|دفعت|خلصت)[^ ]*
    [没沒未]有?[付缴繳交]
    (?:odemedim|odeyemedim|odeyemiyorum)
"""
"""Where it is not, or not yet."""
