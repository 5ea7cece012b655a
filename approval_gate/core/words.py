"""The words and patterns that make a clause a no: data for :mod:`approval_gate.core.objections`.

A pattern is a line of elements, separated by blanks:

=============  ===========================================================================
``deploy|GO``  one of these words; a name in capitals is the class of that name
``!KEPT``      any word that is not in the class
``~``          up to six small words (``SMALL``), or none
``*``          up to three words of any kind, or none
``NUMBER``     a word that begins with a digit
``$``          the end of the clause
``^``          first: the head of the clause, preceded by nothing but courtesies
``^demand``    the same, and words that demand can precede it: "we should", "let's"
``^self``      the same, and words that announce an act can precede it: "I'm", "we will"
=============  ===========================================================================

All words are in lower case. Contractions appear with and without their apostrophe.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- Words that can precede the head of a clause ------------------------------------------------

PLEASE = _words("please pls plz plse")
COURTESY = PLEASE | _words(
    "uhh err er oi sorry apologies hi hello hey hmm hm um umm uh ah ooh ugh argh ok okay well actually "
    "guys team all folks everyone everybody just kindly then and also unfortunately sadly afraid thanks "
    "thx right now so no nope nah nay yeah yes yep again honestly tbh imo imho me once more seriously omg "
    "wow whoa still fyi btw update edit dear both nono absolutely definitely"
)
# "we should", "I think we must", "you'd better", "let's", "I'd rather": a demand follows.
DEMANDING = COURTESY | _words(
    "let's lets let us we we'd you you'd u i i'd should shall must need needs have has had to be better "
    "best rather would want wanna gotta ought think feel believe say suggest propose recommend vote ask "
    "asking prefer really maybe perhaps probably strongly as of hereby do going gonna"
)
# "I'm rejecting", "we will deny": the author does it. "I'll wait" and "I can wait" demand nothing.
PERFORMING = DEMANDING | _words("i'm im we're i'll ill we'll am are will can")
# "can you hold this?" is a request, "should we hold this?" only a question.
ASKED = _words("you u we i this it that someone somebody anyone ya y'all")
COURTEOUS_REQUEST = PLEASE | _words("mind")
_CAN = _words("can could would will may might cn cld")
_WE = _words("we you u")
REQUESTS = (
    (_CAN, ASKED),
    (_words("any"), _words("chance"), _WE, _CAN),
    (_words("how what"), _words("about if"), _WE),
    (_words("why"), _words("don't dont"), _WE),
)
INVERTED = _words(
    "should shall do does did is are was were am have has had isn't aren't don't doesn't didn't shouldn't"
)
PRONOUN = _words("i we you u they he she it this that there anyone anybody someone everyone the")
# "do it" orders, "do you" asks.
ORDERING = tuple((verb, what) for verb in ("do", "have") for what in ("it", "this", "that", "the"))
ASKING = _words("what what's whats why how when who whose where which any anyone anybody")

# --- Small words across which a negation still has its effect -----------------------------------

SMALL = _words(
    "one giving give a an the this that these those it its it's we we're you u i me us our your my they "
    "them to be been being so just really quite very too all at in on with of for and or if think feel "
    "feeling believe believing want wanting should can could would will let lets let's going gonna able "
    "sure currently actually please pls plz even ever any anything have having get getting look looks "
    "looking seem seems feels as is are am do doing from here there now today tonight tomorrow yet still "
    "super totally fully entirely completely anyone everyone anybody myself personally 100 more "
    "particularly exactly i'm plan planning willing prepared supposed allowed trying try recommend "
    "suggest until"
)
# These follow "no" where it is an answer; a noun without an article does not begin with them.
FUNCTION = _words(
    "the this that these those its it's it we we're i i'm im i'd you you're u they there's please pls plz "
    "sorry not never don't dont do cannot can can't cant because bc until till still let's lets let my "
    "our your as since from to for and but if thanks thx thank nope no nah sir way chance dice shouldn't "
    "won't guys bueno tests ci everything wtf"
)
# These can fill a clause around "no" without turning it into a noun phrase.
FILLER = _words(
    "no nope nah nay now today tonight tomorrow yet please pls plz sorry thanks thx guys team all from me "
    "my side our us here for this that it to way still sir on at the moment atm again here's right folks "
    "chance week day friday monday dice i'm afraid until then"
)

# --- Negations ----------------------------------------------------------------------------------

NOT = _words(
    "nto dno't do'nt not no-longer never cannot can't cant don't dont shouldn't shouldnt mustn't mustnt "
    "wouldn't wouldnt won't wont dnt nt unable refuse refusing refuses hardly noone nobody nothing "
    "couldn't nvr ain't aint neither"
)
# About somebody or something else these only describe: "it doesn't push to prod", "the PR isn't merged yet".
DESCRIBES = _words(
    "isn't isnt aren't arent doesn't doesnt hasn't hasnt haven't havent wasn't wasnt weren't werent"
)
# A negated demand is not a demand: "no need to hold", "don't wait for me".
NEGATED = NOT | DESCRIBES | _words("no-need without didn't didnt nor none")
# Two words that are read as one.
PAIRS = {
    **{
        (verb, "not"): f"{verb}n't"
        for verb in ("do", "does", "did", "is", "are", "was", "were", "has", "have")
    },
    **{(pronoun, "not"): "isn't" for pronoun in ("it's", "its", "that's")},
    ("can", "not"): "cannot",
    ("do", "no"): "don't",
    ("no", "longer"): "no-longer",
    ("no", "need"): "no-need",
    ("no", "one"): "noone",
    ("sign", "off"): "sign-off",
    ("go", "ahead"): "go-ahead",
}
# "we are not deploying" is about what the speaker does, "the PR is not merged" only describes.
SPEAKERS = _words("i we you u")
BEFORE_NEGATION = _words("why if or whether reason reasons")
BEFORE_MINUS = _words("i'm im am a big strong my hard firm")
ANSWER = _words(
    "answer vote verdict decision approval approve deploy me go call ship ops deployment result release"
)

# --- Proceeding ---------------------------------------------------------------------------------

GO = _words(
    "agree approval blessing deploy deploying ship shipping release releasing merge merging approve "
    "approving approved approves go proceed proceeding continue continuing roll rolling push pushing sign "
    "signing launch launching promote promoting publish publishing lgtm deployment rollout happen "
    "happening touch signed greenlight ack +1 start starting go-ahead sign-off merge/deploy deploy/merge "
    "recommended advance advancing consent consenting"
)
GONE = _words(
    "deployed shipped released merged pushed signed launched promoted published rolled approved started done"
)
READY = _words(
    "gtg g2g ready ok okay good comfortable safe happy confident convinced acceptable great fine "
    "satisfied yet now today tonight tomorrow before until till while during without approved mergeable "
    "deployable shippable cool keen bueno unless advisable wise smart recommended"
)
FEELING = _words(
    "ready ok okay good comfortable safe happy confident convinced acceptable great fine approve approved "
    "signed"
)
RELEASE = _words(
    "deploy deploys deployment deployments release releases rollout rollouts launch ship shipping merge "
    "merging go approval approvals lgtm promotion prod production push pushes deploying pipeline run "
    "build rollback go-live train upgrade migration version tag change changes thing line presses pr"
)
NO_RELEASE = _words(
    "sign-off signoff blessing consent deploy deploys deployment deployments release releases rollout "
    "rollouts launch ship shipping merge merging go approval lgtm promotion push pushes deploying "
    "production prod"
)
APPROVAL = _words(
    "approval approvals approve approved vote lgtm yes sign-off signoff thumbs-up thumbs +1 ok okay "
    "consent go-ahead thumb blessing 👍 ack"
)

# --- Holding and refusing -----------------------------------------------------------------------

HOLD = _words(
    "stop hold wait pause abort cancel freeze postpone delay block halt defer suspend reschedule withhold "
    "cease desist"
)
HOLDING = _words(
    "stopping holding pausing aborting cancelling canceling freezing postponing delaying blocking halting "
    "deferring suspending rejecting denying vetoing objecting nacking withdrawing revoking retracting "
    "withholding declining rescinding disapproving unapproving reverting refusing"
)
HAS_HELD = _words(
    "stopped aborted cancelled canceled paused held postponed delayed blocked halted denied denyed rejected "
    "vetoed nacked declined withdrawn revoked retracted withheld frozen disapproved unapproved reverted "
    "suspended"
)
WAITING = _words(
    "waiting holding stopping pausing postponing delaying aborting cancelling canceling halting deferring"
)
HELD = _words(
    "held stopped postponed paused delayed blocked cancelled canceled aborted halted reverted rejected "
    "denied deferred rescheduled suspended frozen pulled"
)
REFUSE = _words(
    "oppose opposed opposing disagree deny reject veto nack nak object decline refuse disapprove "
    "unapprove withdraw revoke retract rescind denied denyed rejected denying rejecting vetoed declined "
    "nacked vetoing rejects denies"
)
REFUSAL = _words("objection objections veto nack nak no-go nogo dnm denial rejection")
DENY = _words("deny reject veto nack nak decline")
NO = _words("no nope nah nay noo nop naw nono no-no")
TAKE_BACK = _words(
    "revoke revoking revoked withdraw withdrawing withdrew withdrawn retract retracting retracted pull "
    "pulling pulled cancel cancelling canceling cancelled canceled ignore ignoring drop dropping dropped "
    "undo undoing rescind rescinding rescinded remove removing removed disregard disregarding void "
    "voiding reverse reversing strike withhold withholding unsay scratch invalidate discard dismiss"
)
# After "stop" and its like: nothing, or one of these.
TARGET = _words(
    "mission this that it everything off up for until till before your please pls plz now here right "
    "there them because bc and or as tho though guys team everyone folks all just pending while a an sec "
    "second minute moment bit day tomorrow monday tuesday wednesday thursday friday today tonight with w/ "
    "if since unless one some me us fire immediately asap stop wait hold abort no dont don't not thx "
    "thanks at due we i first again til later when after him further any another longer ci tests so bro "
    "man pal mate ffs lol these those its it's our must"
)
TARGET_ING = _words(
    "this that it everything until till due because bc for now here on pending as while approval til "
    "today tomorrow sorry please"
)
# After these, "deny" and "reject" are part of a description: "deny list", "reject reason".
NOUN_AFTER = _words(
    "power powers rights right list lists list's rate rates rule rules count counts reason reasons button "
    "by messages requests errors events queue metric metrics log logs codes code policy policies handler "
    "path response responses storage storages store model models is are was were id key keys lock locks "
    "entries rows in at traffic page dialog endpoint"
)
# "hold on to the old version" keeps something.
KEPT = _words("to onto")
LATER = _words("tomorrow monday tuesday wednesday thursday friday next later after")
AFTER_A_NO = _words("from for to until on because sorry atm right at as now today here")
AFFIRMING = _words("all we're were looks look looking is are am i'm im that's its it's seems still")
CONCERN = _words(
    "objections objection problem problems concerns issue issues worries blockers comments complaints "
    "questions more further"
)

# --- Spelling -----------------------------------------------------------------------------------

SPELT = (
    HOLD
    | REFUSE
    | _words(
        "approve approved approving approval deploy deploying release merge proceed continue ready cancelled "
        "cancelling stopping holding blocking pausing revoking withdrawing please until should shouldn't nope"
    )
)
# Words that resemble one of those and mean something else.
REAL = _words(
    "read reads star stat relay merger waits waist objects object's holds holes stoop stomp strop blocks "
    "pauses released reply replay deploys cancels wholes delays stops frees freed deferred den dent dens "
    "aborts approves vetoes rejects objet shops reload shoulder holed bolds release's untie prove"
)

# --- Patterns -----------------------------------------------------------------------------------

TAKING_BACK = (
    "TAKE_BACK * APPROVAL",
    "take|takes|taking|took it|that|this|mine|everything|all|what * back",
    "take|takes|taking|took * APPROVAL * back",
    "take|taking back * APPROVAL|it|that|this|what|everything",
    "scratch|strike that|this|it|my",
    "changed|change|changing my|our mind",
    "change of mind|heart",
    "on|having second thought|thoughts",
    "reconsidered|reconsidering $",
    "APPROVAL withdrawn|revoked|rescinded|retracted|cancelled|canceled|void|pulled",
    "APPROVAL is|was|has ~ withdrawn|revoked|rescinded|retracted|cancelled|canceled|void|pulled",
    "APPROVAL no-longer stands|holds|counts|valid|applies|stand|hold|apply",
    "unapprove|unapproved|unapproving|disapprove|disapproving",
    "^ undo ~ $",
)
HOLDING_PHRASES = (
    "hold|hang|holding|hanging on !KEPT",
    "hold|holding off",
    "hold up $",
    "^demand hold|hang up",
    "hold your|ur horses|fire",
    "^ on hold $",
    "is|stays|remains|now|still|go|goes|going on hold $",
    "on hold until|till|for|pls|please|now|because|pending|today|while|due",
    "put|putting|place|placing|want|need|keep|keeping a hold",
    "put|putting|place|placing|keep|keeping * on hold",
    "must|should|gotta|better ~ wait|HELD",
    "need|needs|has|have|had|ought to ~ wait|HELD",
    "this|it|that can wait",
    "this|it must|should|has|needs ~ stop $|now|here|until",
    "must|should|to ~ be rolled back",
    "push|move|bump|shift this|it|the * to|till|until LATER",
    "^demand revert $",
    "^demand rollback|revert this|it|that|now|please|pls|the|asap",
    "^demand roll back $",
    "^demand roll back now|please|pls|asap",
    "^demand hold the phone|line|train",
    "sit tight",
    "stand down",
    "pump|hit the brakes|brake",
    "pull|pulling|hit the brake|brakes|plug",
    "give me|us * before",
)
REFUSING_PHRASES = (
    "no-go|nogo",
    "^ REFUSAL $",
    "^ REFUSAL FILLER|from|because|until|on",
    "a|hard|big|firm|strong|definite|clear|solid|huge|my|massive|flat no|nope|nack|nay|veto|denial $",
    "a|hard|big|firm|strong|definite|clear|solid|huge no|nope|nack|nay|veto AFTER_A_NO",
    "say|says|saying|vote|votes|voting|voted no|nope|nay|against|nah",
    "is|be|remains|still|it's|its|that's|thats|hmm|hell|me|side|then|sorry NO $",
    "NO from|fr me|my|us|our|ops|here|the|sre|dba|security|qa|infra",
    "i|i'm|im|we|we're|strongly|am|are against this|it|that|deploying|shipping|releasing|the|a|merging|going",
    "thumbs|thumb down",
    "have|raise|raising|raised|register * objection|objections",
    "strong|serious|formal objection|objections",
    "^ against this|it|deploying|shipping|releasing|merging",
    "under no circumstances",
    "by no means",
    "please|pls|plz no $",
    "no can do",
    "no go $|from|for|today|until|yet|here",
    "RELEASE|APPROVAL|request denied|rejected|declined|vetoed $",
    "this is|stays|remains denied|rejected|declined|vetoed|blocked",
    "^self blocked by|on",
    "advise|recommend|advising against",
    "uncomfortable with|about|deploying|shipping|approving|releasing",
    "hard stop $",
    "red light $|from|for",
    "quit|kill|scrap|scrub|shelve|abandon|nuke this|it|the",
    "back|roll|rolling it|this|that back|out",
)
NEGATIONS = (
    "NOT ~ GO",
    "NOT ~ be|been|get|getting ~ GONE",
    "NOT ~ READY",
    "NOT ~ going|go out|live|ahead|forward|anywhere|through",
    "NOT ~ be|get going out|live|ahead|forward",
    "NOT ~ do this|it|that|so|anything",
    "NOT ~ this|it|that|us|one through|live|out",
    "NOT on board",
    "^ no NO_RELEASE $",
    "^ no NO_RELEASE FILLER|until|before|without|while|if|till|because|on|during|after|from|with|allowed",
    "^ NOT $",
    "please|pls|plz NOT $",
    "lets|let's NOT",
    "NOT on|this|like|in|a friday|week|monday|weekend|way|time|this",
    "NOT ~ on my watch",
    "NOT ~ favor|favour",
    "NOT think about it",
    "NOT support this|it",
    "not from me|us",
    "NOT a chance",
    "certainly|course|definitely|absolutely|afraid|think not $",
    "DESCRIBES ~ FEELING",
    "rather|better|prefer NOT",
    "nothing|nobody|noone goes|ships|deploys|moves|merges",
)
ORDERS = (
    "^demand HOLD $",
    "^demand HOLD TARGET",
    "^demand HOLD the|our|any|your|all|that|my * RELEASE|APPROVAL",
    "^demand HOLD RELEASE",
    "^demand HOLD the * until|till",
    "^demand HOLD NUMBER",
    "^demand postpone|defer|reschedule|delay to|by",
    "^self postponing|rescheduling to|by",
    "^self HOLDING|HAS_HELD $",
    "^self HOLDING|HAS_HELD TARGET_ING",
    "^self HAS_HELD the|my|our|your RELEASE|APPROVAL",
    "^self HOLDING the|my|our|your * RELEASE|APPROVAL",
    "^self HOLDING RELEASE $",
    "^demand mind|consider|prefer|suggest|recommend|propose WAITING",
    "^self REFUSE $",
    "^self REFUSE TARGET|RELEASE|to",
    "^ DENY !NOUN_AFTER",
)
NOES = (
    "^ NO $",
    "^ NO FUNCTION",
    "^ NO wait|hold|stop the|this|that|i|we|it|there|my",
)
# A go-ahead after a "no".
WAIVERS = (
    "go-ahead",
    "go for it",
    "AFFIRMING good|fine|ok|okay|clear|green|set|great",
    "good to go",
    "^ good|fine|ok|okay|go|lgtm|approved|approve|proceed|perfect|great",
    "ship|merge|deploy it|away",
    "carry on",
    "please|pls go|proceed|continue|deploy|ship",
    "you|u can|may go|proceed|deploy|ship",
    "happy|glad to",
    "can|may|should|could|lets|let's go|proceed|ship|deploy|continue",
)
# The same, as a negation.
WAIVERS_NEGATED = (
    "nothing|none from|here|more|else|new",
    "no|any|other CONCERN",
    "don't|dont|doesn't need|have|mind|worry|matter",
)

# --- Agreeing without a command -----------------------------------------------------------------

AGREEING_SIGNS = frozenset("👍✅👌🆗✔☑")
AGREEING = (
    *("looks good", "looks good to me", "looking good", "look good to me", "looks fine", "looks fine to me"),
    *("good to me", "sgtm", "ship it", "go ahead", "good to go", "all good", "go for it", "thumbs up"),
    *("fine by me", "fine with me", "ok for me", "ok to deploy", "ack"),
)
