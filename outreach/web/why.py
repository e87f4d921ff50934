"""The page « Pourquoi nous avez-vous écrit ? ».

It is for whoever was contacted, in plain words and several languages, without an account. It says nothing of anybody: no code is
asked for, nothing is looked up.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from outreach.web.objection import PAGE, POLICY, STYLE

router = APIRouter(prefix="/pourquoi")
TITLE = "Pourquoi nous vous avons écrit"
FRENCH = """<p><strong>Qui nous sommes.</strong> Une association de médiation. Nous aidons les gens à régler un problème avec un fournisseur, un bailleur ou
une administration.</p>
<p><strong>Pourquoi vous.</strong> Un organisme nous a demandé de vous proposer notre aide. Son nom est écrit sur la lettre.</p>
<p><strong>C'est gratuit.</strong> Nous ne vendons rien. Nous ne réclamons pas d'argent.</p>
<p><strong>Vous choisissez.</strong> Vous pouvez dire oui, dire non, ou ne pas répondre. Dire non ne change rien pour vous : l'organisme ne saura pas
qui a refusé.</p>
<p><strong>Vos données.</strong> Vous pouvez les voir, les faire corriger ou effacer, et refuser tout contact : appelez le numéro écrit sur la lettre, ou venez
nous voir. Une réclamation ? CNIL, cnil.fr.</p>
<p><strong>Vous lisez mal le français ?</strong> Appelez ou venez : quelqu'un vous expliquera.</p>"""
OTHERS = (
    (
        "en",
        "ltr",
        (
            "We are a mediation association. An organisation asked us to offer you our help; its name is on the letter. It is free. We sell"
            " nothing and collect no debt. You may say yes, say no, or not answer: saying no changes nothing for you. Call the number on the letter"
            " to see, correct or erase your data."
        ),
    ),
    (
        "ar",
        "rtl",
        (
            "نحن جمعية وساطة. طلبت منا جهة أن نعرض عليكم مساعدتنا، واسمها مكتوب في الرسالة. الخدمة مجانية. لا نبيع شيئا ولا نطالب بأي مال."
            " يمكنكم القبول أو الرفض أو عدم الرد، والرفض لا يغير شيئا بالنسبة إليكم. اتصلوا بالرقم المكتوب في الرسالة لرؤية بياناتكم أو تصحيحها أو حذفها."
        ),
    ),
    (
        "tr",
        "ltr",
        (
            "Biz bir arabuluculuk derneğiyiz. Bir kurum size yardım teklif etmemizi istedi; adı mektupta yazıyor. Ücretsizdir. Hiçbir şey satmıyoruz,"
            " para istemiyoruz. Evet diyebilir, hayır diyebilir ya da cevap vermeyebilirsiniz; hayır demek sizin için hiçbir şeyi değiştirmez."
            " Verilerinizi görmek, düzeltmek veya sildirmek için mektuptaki numarayı arayın."
        ),
    ),
    (
        "pt",
        "ltr",
        (
            "Somos uma associação de mediação. Um organismo pediu-nos para lhe propor a nossa ajuda; o nome dele está na carta. É gratuito. Não vendemos"
            " nada nem cobramos dívidas. Pode dizer sim, dizer não, ou não responder: dizer não não muda nada para si. Para ver, corrigir ou apagar"
            " os seus dados, ligue para o número da carta."
        ),
    ),
    (
        "es",
        "ltr",
        (
            "Somos una asociación de mediación. Un organismo nos ha pedido que le ofrezcamos nuestra ayuda; su nombre está en la carta. Es gratis. No"
            " vendemos nada ni reclamamos dinero. Puede decir que sí, que no, o no responder: decir que no no cambia nada para usted. Para ver,"
            " corregir o borrar sus datos, llame al número de la carta."
        ),
    ),
)
"""(language, direction, text): the same in short."""


@router.get("")
def why() -> HTMLResponse:
    """The page."""
    others = "".join(f'<p class="other" lang="{code}" dir="{way}">{words}</p>' for code, way, words in OTHERS)
    content = PAGE.format(title=TITLE, style=STYLE, body=FRENCH + others)
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=3600"})
