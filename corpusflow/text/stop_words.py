"""Words that stand in any text of a language, whatever it is about: lists made for this package."""

# ruff: noqa: RUF001 (the lists are in many scripts, some with letters that look like Latin ones)

from __future__ import annotations

import re
from collections.abc import Sequence

# Of Gopher (Rae et al. 2021): an English text has at least two of these.
GOPHER_ENGLISH = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})

# By ISO 639-1 code.
_LISTS = {
    "en": """
    the a an and or but nor so yet if then than that this these those there here of in on at by for with from to
    into onto upon about over under above below between among through during before after since until against
    within without along across behind beyond off out up down near toward towards per via as is am are was were
    be been being has have had having do does did doing done will would shall should can could may might must
    not no none never i me my mine myself we us our ours you your yours he him his himself she her hers it its
    itself they them their theirs themselves who whom whose which what when where why how all any both each few
    more most much many other others another some such only own same too very just also even still again once
    now ever always often while because although though however therefore thus else either neither every
    everything something nothing anyone someone one it's don't doesn't didn't isn't wasn't can't i'm that's
    there's you're we're they're i've let's get got like well back around first new time make made s t
    """,
    "de": """
    der die das den dem des ein eine einen einem einer eines und oder aber denn sondern wenn dann als dass daß
    ob weil da zu zum zur in im ins an am auf aus bei beim mit nach von vom vor für über unter um durch gegen
    ohne bis seit zwischen während wegen ist sind war waren bin bist sein seine seinen seiner seinem wird werden
    wurde wurden worden hat haben hatte hatten habe kann können konnte muss müssen soll sollen will wollen darf
    nicht kein keine keinen nur noch schon auch sehr mehr so wie was wer wo man es er sie ich du wir ihr ihn ihm
    ihre ihren ihrer ihrem mich mir dich dir uns euch sich mein meine unser unsere dieser diese dieses diesem
    diesen jeder jede jedes alle alles viele hier dort nun jetzt immer wieder etwa bereits sowie doch dabei
    damit dazu daher
    """,
    "fr": """
    le la les l un une des du de d et ou mais donc or ni car si que qu qui quoi dont où à au aux en dans par
    pour avec sans sous sur entre vers chez contre depuis pendant avant après est sont était étaient être été
    suis es sommes a ai as ont avait avaient avoir avons avez eu fait faire peut peuvent doit ne n pas plus
    moins très aussi bien tout tous toute toutes ce cet cette ces c se s sa son ses leur leurs mon ma mes ton ta
    tes notre nos votre vos je j tu il elle on nous vous ils elles lui me m te y même comme quand encore déjà
    toujours alors ainsi lors dès
    """,
    "es": """
    el la los las un una unos unas de del al a y e o u pero sino que si en con por para sin sobre entre hasta
    desde hacia contra durante según tras ante es son era eran ser sido fue fueron está están estaba estar ha
    han había haber hay he hemos tiene tienen tener puede pueden no ni más menos muy también ya se su sus lo le
    les me mi mis te tu tus nos nuestro nuestra yo él ella ellos ellas usted este esta estos estas ese esa eso
    esto aquel como cuando donde quien cual qué todo todos toda todas otro otra otros otras mismo así solo sólo
    porque aunque
    """,
    "pt": """
    o a os as um uma uns umas de do da dos das d e ou mas que se em no na nos nas num numa ao aos à às por pelo
    pela pelos pelas para com sem sobre entre até desde contra é são era eram ser sido foi foram está estão
    estava estar há tem têm tinha ter pode podem não nem mais menos muito também já seu sua seus suas lhe lhes
    me meu minha te nosso nossa eu ele ela eles elas você este esta estes estas esse essa isso isto aquele
    aquela como quando onde quem qual todo todos toda todas outro outra outros mesmo assim só porque
    """,
    "it": """
    il lo la i gli le l un uno una di del dello della dei degli delle dell a al allo alla ai agli alle all da
    dal dalla dai dalle in nel nella nei nelle nell con su sul sulla sui per tra fra e ed o ma che chi cui se
    non né è sono era erano essere stato stata stati fu ha hanno ho aveva avere può possono più meno molto anche
    già si suo sua suoi sue mi ti ci vi lui lei loro io tu noi voi questo questa questi queste quello quella
    come quando dove quale tutto tutti altra altri altro ancora così solo perché dopo prima senza c
    """,
    "nl": """
    de het een en of maar want dus als dan dat die deze dit van in op aan bij met naar uit voor over onder door
    tot om tegen tussen zonder na sinds is zijn was waren ben bent wordt worden werd werden geworden heeft
    hebben had hadden kan kunnen kon moet moeten zal zullen zou zouden wil niet geen nog al ook zeer meer zo hoe
    wat wie waar er hij zij ze ik je jij u wij we jullie hem haar hun mij me zich mijn onze ons alle veel hier
    daar nu altijd weer toen te t s
    """,
    "sv": """
    och att det den en ett i på av för med till från om som är var vara varit har hade ha inte kan kunde ska
    skulle vill måste blir blev bli de dem han hon jag du vi ni sig sin sitt sina min mitt din honom henne hans
    hennes deras vår man denna detta dessa där här när hur vad vem men eller så än då nu också bara mycket mer
    över under efter före mellan vid mot utan genom hos alla allt många någon något några ingen andra sedan
    redan
    """,
    "da": """
    og at det den en et i på af for med til fra om som er var være været har havde have ikke kan kunne skal
    skulle vil ville må bliver blev blive de dem han hun jeg du vi sig sin sit sine min mit din ham hende hans
    hendes deres vores man denne dette disse der her når hvor hvad hvem men eller så end da nu også kun meget
    mere over under efter før mellem ved mod uden gennem hos alle alt mange nogen noget nogle ingen andre
    """,
    "nb": """
    og at det den en et ei i på av for med til fra om som er var være vært har hadde ha ikke kan kunne skal
    skulle vil ville må blir ble bli de dem han hun jeg du vi dere seg sin sitt sine min mitt din ham henne hans
    hennes deres vår man denne dette disse der her når hvor hva hvem men eller så enn da nå også bare mye mer
    over under etter før mellom ved mot uten gjennom hos alle alt mange noen noe ingen andre
    """,
    "fi": """
    ja tai mutta vaan sekä että jos kun niin kuin kuten koska joka jotka jonka jossa joita mikä mitä on ovat oli
    olivat olla ollut ole ei eivät en et se sen sitä siinä siitä ne niiden hän hänen he heidän minä sinä me te
    tämä tämän tässä nämä tuo kaikki kaikkien myös vielä jo nyt sitten vain hyvin enemmän mukaan kanssa jälkeen
    ennen aikana välillä ilman yli alle noin voi voidaan voivat pitää muun muassa
    """,
    "pl": """
    i w we z ze na do od o u po za przed przy nad pod przez dla bez między oraz a ale lub albo czy że żeby aby
    jeśli gdy kiedy jak jako co kto który która które których którzy którym jest są był była było były być
    będzie nie tak się sobie ja ty on ona ono oni my wy go jej jego ich im mu mnie nas nam ten ta to te tego tej
    tych tym tylko już jeszcze także też bardzo więcej może można ma mają swoje wszystkich
    """,
    "cs": """
    a i v ve z ze na do od o u po za před při nad pod přes pro bez mezi s se si k ke ale nebo či že aby když
    pokud jak jako co kdo který která které kterou kteří je jsou byl byla bylo byli být bude ne není tak já ty
    on ona ono oni my vy ho jeho její jejich jim mu mě nás ten ta to toho tom tím této tento tyto jen již už
    ještě také velmi více může mohou má mají své podle
    """,
    "ro": """
    și si şi în in la de din pe cu pentru prin fără despre între până după sub este sunt era erau fi fost a am
    ai au avea nu că să sa se o un una unui unei ale al lui lor care ce cine cum când unde dar sau iar mai
    foarte tot toate toți acest această aceste acesta aceasta el ea ei ele eu tu noi voi îi îl le i l s ca decât
    dacă doar către va vor
    """,
    "hu": """
    a az és vagy de hogy ha mint nem is egy ez azt ezt el meg ki be fel le már még csak mi ő ők én te nagyon
    több volt van vannak lesz lehet kell így úgy akkor amikor ahol aki akik amely amelyek ami mert szerint után
    előtt között alatt majd most minden ezek azok sem pedig illetve annak ennek
    """,
    "tr": """
    ve veya ya da de ile için bu şu o bir her çok daha en gibi kadar göre sonra önce ama fakat ancak ki ne mi mı
    mu mü değil var yok olarak olan olduğu oldu ise ben sen biz siz onlar onun bunu onu bunun tüm bütün hem diye
    sadece bile arasında üzerinde ayrıca böyle şekilde
    """,
    "ru": """
    и в во на с со к ко о об от до из за по под над при для без между через у а но или что чтобы если как так же
    бы ли не ни да это этот эта эти этого этой того той тот та те то он она оно они мы вы я ты его её ее их им
    ему ей нас вас мне меня себя свой свои который которая которые которых был была было были быть есть будет
    уже ещё еще только также очень более может когда где после перед все всех всё
    """,
    "uk": """
    і й та в у на з зі із до від о об за по під над при для без між через а але або що щоб якщо як так же би не
    ні це цей ця ці цього цієї того тієї той те він вона воно вони ми ви я ти його її їх їм йому нас вас мене
    себе свій який яка які яких був була було були бути є буде вже ще тільки також дуже більше може коли де
    після перед все всіх
    """,
    "bg": """
    и в във на с със от до за по при без между през под над а но или че да ако как така не ни ли това този тази
    тези той тя то те ние вие аз ти го я ги му им се си свой който която което които е са беше бяха бъде съм ще
    има няма вече още само също много повече може когато къде след преди всички
    """,
    "el": """
    ο η το οι τα του της των τον την τους τις στο στη στην στον στα στους στις σε από με για και ή αλλά ότι πως
    να θα δεν μη μην είναι ήταν έχει έχουν είχε ένα ένας μια μία που αν όταν όπως αυτό αυτή αυτός αυτά αυτές μας
    σας μου σου κατά μετά πριν προς χωρίς μεταξύ πολύ πιο επίσης όλα όλοι κι τη ως
    """,
    "ar": """
    في من على إلى عن مع أن إن أو و ثم لا ما لم لن قد هذا هذه ذلك تلك التي الذي الذين كان كانت يكون هو هي هم نحن
    أنا كل بعض بعد قبل عند حتى بين كما لكن إذا حيث غير بها به فيها فيه منها منه عليه عليها له لها لهم وقد وفي
    ومن أي أيضا خلال
    """,
    "fa": """
    و در به از که این آن با را برای تا بر یا هم نیز اما اگر است بود شد شده هستند باشد می های ها کرد کرده شود
    دارد دارند یک هر همه خود او ما آنها من شما چه چون بین پس پیش دیگر نیست وی بی
    """,
    "he": """
    של את על לא כי עם הוא היא הם זה זו זאת גם או אבל אם כל יותר מאוד רק כבר עוד אין יש היה היתה הייתה היו להיות
    אני אתה אנחנו מה מי איך כאשר אשר לפני אחרי בין עד אל כדי לו לה להם שלו שלה שלהם כמו אך
    """,
    "hi": """
    के का की को में से पर और या है हैं था थी थे हो होता होती होते कि यह ये वह वे इस उस इन उन एक ने भी नहीं तो ही
    कर करने किया गया गई गए रहा रही रहे जो जब तक लिए साथ अपने अपनी अपना बाद पहले कुछ सब हम मैं आप वाले द्वारा
    """,
    "id": """
    dan atau yang di ke dari pada untuk dengan oleh dalam antara sebagai seperti tentang adalah ini itu tidak
    bukan juga sudah telah akan bisa dapat ada saya kamu dia ia mereka kami kita anda nya para hanya lebih
    sangat karena jika bila saat ketika setelah sebelum bahwa serta hingga sampai namun tetapi lagi masih semua
    secara tersebut
    """,
    "vi": """
    và của là có được trong cho với các những một không này đó đã đang sẽ từ đến ở trên dưới ra vào về như khi
    thì mà để bị do bởi cũng rất nhiều hơn nhưng hoặc nếu vì tại theo sau trước tôi bạn anh chị ông bà họ chúng
    ta nó mình người cả chỉ còn lại phải
    """,
}

# Written without spaces, so they are looked for inside the text; longer ones first, as the pattern below wants them.
_UNSPACED_LISTS = {
    "zh": """
    我们 他们 你们 这个 一个 没有 以及 因为 所以 如果 但是 的 了 是 在 不 和 有 我 他 她 它 你 这 那 也 就 都
    而 与 及 或 但 对 为 被 把 从 到 于 以 之 其 等 會 会 個 這 們 為 對 從
    """,
    "ja": """
    という ている として から まで など これ それ です ます した する の に は を た が で て と も や へ
    """,
    "th": """
    เพื่อ เป็น หรือ ความ อยู่ ซึ่ง แล้ว ต้อง ด้วย ที่ และ ของ การ ได้
    ไม่ ให้ ว่า กับ จาก แต่ นี้ โดย คือ กัน ใน มี จะ ไป มา
    """,
}

# Their share of the words in sentences of news and of the web, 60 of each language from the Leipzig corpora: what is
# common in one language is rare in another that writes it as endings.
_USUAL = """
    en=0.442 de=0.445 fr=0.471 es=0.429 pt=0.413 it=0.381 nl=0.460 sv=0.407 da=0.443 nb=0.384
    fi=0.190 pl=0.288 cs=0.245 ro=0.356 hu=0.285 tr=0.169 ru=0.320 uk=0.222 bg=0.352 el=0.406
    ar=0.193 fa=0.289 he=0.147 hi=0.405 id=0.282 vi=0.248 zh=0.387 ja=0.473 th=0.181
"""

STOP_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _LISTS.items()}
USUAL_SHARE: dict[str, float] = {
    code: float(share) for code, _, share in (pair.partition("=") for pair in _USUAL.split())
}

# Detectors that do not tell the two written forms of Norwegian apart say `no`.
STOP_WORDS["no"], USUAL_SHARE["no"] = STOP_WORDS["nb"], USUAL_SHARE["nb"]

_UNSPACED = {code: re.compile("|".join(words.split())) for code, words in _UNSPACED_LISTS.items()}
_ELIDED = frozenset({"fr", "it"})  # l'acqua, qu'il: two words
_APOSTROPHE = re.compile("['\u2019]")


def stop_word_share(text: str, tokens: Sequence[str], language: str) -> float:
    """Share of a text's words that are stop words of a language in USUAL_SHARE; 0 without words.

    tokens: those of the text, as `corpusflow.text.tokens` has them. Where words are not told apart by spaces, stop
    words are looked for in the text itself, and the share is of the words that `tokens` stands in for.
    """
    if language in _UNSPACED:
        return min(1.0, len(_UNSPACED[language].findall(text)) / len(tokens)) if tokens else 0.0
    if language in _ELIDED:
        tokens = [part for token in tokens for part in _APOSTROPHE.split(token) if part]
    known = STOP_WORDS[language]
    return sum(token in known for token in tokens) / len(tokens) if tokens else 0.0
