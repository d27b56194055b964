"""The words of the interface in German."""

from mmemo.ui.texts.en import Texts


class German(Texts):
    """The words, in German."""

    CODE = "de"
    NAME = "Deutsch"

    TITLE = "mmemo"
    TAGLINE = "Was ein Meme, ein Foto oder ein Moment vor der Kamera ausdrückt, und warum."
    PRIVACY = (
        "Bilder und Worte werden auf diesem Server ausgewertet. Worte werden nicht behalten, hochgeladene Dateien "
        "innerhalb von {minutes} min gelöscht."
    )
    CAUTION = (
        "Die Werte sind Schätzungen eines Modells und können falsch sein. Sie sind kein Urteil über einen Menschen."
    )

    LANGUAGE = "Sprache"
    MEME_TAB = "Meme"
    ABOUT_TAB = "Info"
    LIVE_TAB = "Live"

    PICTURE = "Bild"
    PICTURE_ALT = "Das Bild, das ausgewertet wird"
    PICTURE_HINT = "Ein Bild hierher ziehen, einfügen oder zum Auswählen klicken"
    WORDS = "Worte"
    WORDS_INFO = "Leer lassen, um sie aus dem Bild zu lesen."
    WORDS_HINT = "Was auf dem Meme steht, oder nur ein Satz"
    ANALYSE = "Auswerten"
    EXAMPLES = "Oder eines von diesen"
    EXAMPLE_NAME = "Beispiel: {title}"

    EXAMPLE_TITLES = {
        "sun": "Ein guter Tag",
        "smile": "Lächeln über wütenden Worten",
        "tears": "Tränen",
        "surprise": "Eine Überraschung",
        "anger": "Wut über freundlichen Worten",
        "team": "Zwei Gesichter",
        "family": "Ein Familienessen",
        "rude": "Grobe Worte",
        "cat": "Eine Katze",
        "cloud": "Eine mürrische Wolke",
        "chart": "Ein Diagramm mit Worten",
    }

    WAITING_TITLE = "Hier erscheint die Antwort"
    WAITING_STEPS = (
        "Ein Bild, Worte oder beides geben.",
        "Auf Auswerten drücken.",
        "Lesen, ob es hasserfüllt ist, welche Gefühle es trägt, und warum.",
    )

    VERDICT_REGION = "Urteile"
    PROBABILITY_OF = "Wahrscheinlichkeit für {label}"
    SCALE = "{probability} auf einer Skala von 0 bis 100 %. {rule}"
    RULE = "{label} ab {threshold}."
    RULE_BAND = "{label} ab {threshold}. Schraffiert, {low} bis {high}: unsicher."
    SCALE_THRESHOLD = "Schwelle {threshold}"
    UNCERTAIN = "Unsicher: {label}?"
    NOUNS = {"hateful": "Hass", "offensive": "Beleidigung"}
    LABELS = {
        "hateful": "hasserfüllt",
        "not hateful": "nicht hasserfüllt",
        "offensive": "beleidigend",
        "not offensive": "nicht beleidigend",
        "uncertain": "unsicher",
        "angry": "Wut",
        "disgust": "Ekel",
        "fear": "Angst",
        "happy": "Freude",
        "neutral": "neutral",
        "sad": "Trauer",
        "surprise": "Überraschung",
        "negative": "negativ",
        "positive": "positiv",
        "happiness": "Freude",
        "love": "Liebe",
        "anger": "Wut",
        "sorrow": "Kummer",
        "hate": "Hass",
        "admiration": "Bewunderung",
        "amusement": "Belustigung",
        "annoyance": "Ärger",
        "approval": "Zustimmung",
        "caring": "Fürsorge",
        "confusion": "Verwirrung",
        "curiosity": "Neugier",
        "desire": "Verlangen",
        "disappointment": "Enttäuschung",
        "disapproval": "Missbilligung",
        "embarrassment": "Scham",
        "excitement": "Begeisterung",
        "gratitude": "Dankbarkeit",
        "grief": "Leid",
        "joy": "Heiterkeit",
        "nervousness": "Nervosität",
        "optimism": "Zuversicht",
        "pride": "Stolz",
        "realization": "Erkenntnis",
        "relief": "Erleichterung",
        "remorse": "Reue",
        "sadness": "Traurigkeit",
    }
    READING = "das Gesicht zeigt {face}, die Worte {words}"
    NO_CLEAR_EMOTION = "kein klares Gefühl"

    EXPLANATION = "Warum"
    EMOTION = "Gefühl"
    EMOTION_MADE_FROM = "Aus {parts} zusammen"
    EMOTION_MADE_FROM_ONE = "Nur aus {parts}"
    PARTS = {"text": "den Worten", "face": "dem Gesicht", "image": "dem Bild"}
    AND = " und "

    WORDS_CARD = "Was die Worte tragen"
    WORDS_READ = "Aus dem Bild gelesen"
    WORDS_GIVEN = "Wie angegeben"
    WORDS_CUT = "Zu lang für das Modell: nur der Anfang wurde gelesen."
    WORDS_FOREIGN = "Offenbar kein Englisch, aus dem die Modelle gelernt haben: Die Werte können falsch sein."
    FOREIGN_AMONG = (
        "Offenbar kein Englisch, aus dem die Modelle gelernt haben: {count} von {total}. "
        "Deren Werte können falsch sein."
    )
    SENTIMENT = "Stimmung"
    TEXT_EMOTIONS = "Gefühle"
    TEXT_EMOTIONS_PRESENT = "Gefühle, ✓ gilt als vorhanden"
    ALL_LABELS = "Alle {count}"
    PRESENT = "(gilt als vorhanden)"

    MEME_EMOTION = "Das Meme als Ganzes"
    FACES_CARD = "Gesichter"
    NO_FACE = "Es wurde kein Gesicht gefunden."
    ONE_FACE = "Es wurde ein Gesicht gefunden."
    MANY_FACES = "Es wurden {count} Gesichter gefunden, das größte zuerst."
    FACE_NUMBER = "Gesicht {number}"
    FIGURE_ALT = "Das ausgewertete Bild. {faces}"

    DISAGREEMENT = "Worte gegen Gesicht"
    AGREE = "Sie stimmen überein"
    PARTLY_AGREE = "Sie stimmen teilweise überein"
    HARD_TO_COMPARE = "Schwer zu vergleichen"
    DIFFER = "Sie unterscheiden sich"
    DISAGREE = "Sie widersprechen sich"
    DIVERGENCE = "Divergenz {value} auf einer Skala von 0, gleich, bis 1, nichts gemeinsam"

    PENDING = "Die Belege werden gesammelt …"
    FACES_HINT = "Auf ein Gesicht drücken, um seine Gefühle zu sehen."
    MOVED_CARD = "Was die Werte bewegt hat"
    MOVED_NOTE = "Am Modell selbst gemessen: was ein Wert jedem Teil, jedem Wort und jeder Stelle verdankt."
    MOVED_CHOICE = "Welcher Wert"
    MOVED_SCORE = "{label}: {score}. Wenn es nichts zu beurteilen gibt, beginnt das Modell bei {baseline}."
    MOVED_WORDS = "Die einzelnen Worte"
    WITHOUT_WORDS = "Ohne {words} wäre das Urteil: {verdict} ({probability})."
    POINTS = "{value} Punkte"
    WORDS_RAISE = "Am meisten gehoben durch {words}."
    WORDS_LOWER = "Am meisten gesenkt durch {words}."
    WORDS_NEUTRAL = "Kein Wort sticht heraus."
    MAP_ALT = "Das Bild mit den Stellen, die den Wert gehoben haben."
    MAP_SHOW = "Wärmebild zeigen"
    MAP_PEAK = "Die stärkste Stelle, mit einem Ring markiert, liegt {place}."
    MAP_FLAT = "Keine Stelle im Bild hat diesen Wert gehoben."
    MAP_NONE = "Dieser Wert entstand ohne das Bild."
    DETAIL = "Wie gründlich die Gründe sind"
    TASKS = {
        "hate": "Hass",
        "offensive": "Beleidigung",
        "meme_emotion": "Ganzes Meme",
        "emotion": "Gefühl",
        "text_emotion": "Worte",
        "sentiment": "Stimmung",
        "face_emotion": "Gesicht",
    }
    SHARE_OF = {"text": "Worte", "image": "Bild", "face": "Gesicht"}
    PLACES = (
        "oben links",
        "oben",
        "oben rechts",
        "links",
        "in der Mitte",
        "rechts",
        "unten links",
        "unten",
        "unten rechts",
    )
    DETAILS = {"fast": "Schnell", "full": "Gründlich"}

    JSON_CARD = "Das ganze Ergebnis als JSON"
    JSON_LABEL = "Ergebnis"

    CAMERA = "Kamera"
    LIVE_WORDS = "Worte"
    LIVE_WORDS_INFO = "Werden mit dem Gesicht zusammen gewogen, solange die Kamera läuft."
    LIVE_WORDS_HINT = "Was gerade gesagt wird"
    LIVE_SETTINGS = "Glättung, Kamera, Spiegel"
    HALF_LIFE = "Halbwertszeit in Sekunden"
    HALF_LIFE_INFO = "Nach dieser Zeit zählt ein früherer Blick nur halb. 0 zeigt jedes Bild, wie es ist."
    LIVE_WAITING_TITLE = "Noch nichts zu sehen"
    LIVE_WAITING_STEPS = (
        "Die Kamera erlauben und auf Aufnahme drücken.",
        "Worte eintippen, um sie mitzuwiegen.",
        "Jederzeit anhalten; Bilder werden nicht gespeichert.",
    )
    LIVE_FIGURE_ALT = "Das letzte Bild. {faces}"
    LIVE_NO_EMOTION = "Warte auf ein Gesicht im Bild."
    LIVE_RATE = "{rate} Bilder je Sekunde"
    LIVE_STARTING = "Beginnt"

    TIMELINE = "Die letzte Minute"
    TIMELINE_EMPTY = "Hier erscheinen Gefühle im Lauf der Zeit, sobald ein Gesicht zu sehen ist."
    TIMELINE_NOTE = "Je höher ein Band, desto größer der Anteil seines Gefühls."
    TIMELINE_ALT = "Anteile in der letzten Minute: {shares}."
    CAMERA_FACING = "Welche Kamera"
    CAMERA_FRONT = "Vorn"
    CAMERA_REAR = "Hinten"
    MIRROR = "Ansicht spiegeln"
    MIRROR_INFO = "Nur auf dem Bildschirm; ausgewertet wird, was die Kamera filmt."
    ABOUT_MEANS_CARD = "Was die Werte bedeuten"
    ABOUT_NOT_CARD = "Was sie nicht bedeuten"
    ABOUT_FIGURES = "Gemessene Werte"
    ABOUT_FIGURES_NOTE = "Von den zwei mitgelieferten kleinen Modellen, auf Testdaten, aus denen keines gelernt hat."
    ABOUT_VERDICTS = "Urteile"
    ABOUT_VERDICTS_NOTE = "Wie oft „yes“ und „no“ stimmen, wo sie gegeben werden, und in Klammern ihr Anteil an allem."
    ABOUT_CODE = "Aus dem eigenen Programm"
    ABOUT_CODE_NOTE = (
        "Das Ergebnis hat überall dieselben Schlüssel. Die Tests des Projekts führen die Beispiele aus, wie sie "
        "hier stehen."
    )
    ABOUT_DATA = "Trainingsdaten"
    ABOUT_DATA_NOTE = "Nichts davon ist Teil des Projekts."
    ABOUT_LIMITS = "Zweck und Grenzen"
    ABOUT_LIMITS_NOTE = "Aus den englischen Karten der Modelle."
    ABOUT_SLICES = "Gemessen an Teilen der Testdaten"
    ABOUT_LICENCE = "Lizenzen"
    COPY = "Kopieren"
    COPIED = "Kopiert"
    TIMELINE_TICKS = (
        "vor einer Minute",
        "30 Sekunden",
        "jetzt",
    )
    ABOUT_MEANS = (
        "Wahrscheinlichkeiten sind an zurückgehaltenen Daten kalibriert: bei 70 % sollte das Merkmal auf etwa 70 "
        "% zutreffen.",
        "Wie weit das verfehlt wird, steht unten in der Spalte „ece“.",
        "Im schraffierten Band um die Schwelle entscheidet das Modell nicht; hier sollte ein Mensch hinsehen.",
        "Worte allein, ein Bild allein und ein ganzes Meme haben je eine eigene Schwelle und ein eigenes Band.",
        "Ein Gefühlswert sagt, wie Menschen beim Beschriften einen Ausdruck oder Satz lesen würden.",
        "Worte, Gesichter und Bild werden einzeln und zusammen beurteilt, damit zu sehen ist, wo sie sich "
        "widersprechen.",
    )
    ABOUT_NOT = (
        "Kein Wert kennt Zusammenhang, Sprecher oder Absicht. Zitate, Ironie und zurückeroberte Wörter werden oft"
        " falsch gelesen.",
        "Ein Ausdruck ist kein Gefühl: niemandes Inneres wird gemessen.",
        "Wörter für Gruppen, die in den Daten selten oder nur in hasserfüllter Umgebung stehen, lösen Fehlalarme aus.",
        "Nicht geeignet, um über Menschen bei der Arbeit, in der Schule, an Grenzen oder in der Gesundheit zu "
        "entscheiden.",
    )
    ABOUT_LICENCES = (
        "Code und Gewichte: Apache-2.0.",
        "Die Gewichte gehen von all-MiniLM-L6-v2 und EfficientNet-Lite0 aus, beide Apache-2.0.",
        "Der Gesichtsfinder ist CenterFace, MIT. Die Beispielbilder hat das Projekt gezeichnet.",
    )

    NOTHING_GIVEN = "Bitte ein Bild, Worte oder beides geben."
    PICTURE_REFUSED = "Dieses Bild lässt sich nicht verwenden: {reason}."
    PICTURE_REASONS = {
        "format": "erwartet wird JPEG, PNG, WebP, GIF oder BMP, die Datei ist nichts davon",
        "empty": "die Datei ist leer",
        "bytes": "die Datei ist zu groß, höchstens {limit} Bytes werden gelesen",
        "pixels": "das Bild ist zu groß, höchstens {limit} Bildpunkte werden gelesen",
        "damaged": "die Datei ist beschädigt oder abgeschnitten",
    }
    REQUEST_REFUSED = "Das lässt sich nicht auswerten: {reason}."
    WRONG_TEXT = "text muss eine Zeichenkette oder null sein"
    ERROR_TITLE = "Das hat nicht geklappt"

    CONVERSATION_TAB = "Gespräch"
    BATCH_TAB = "Stapel"

    DIALOGUE = "Gespräch"
    DIALOGUE_INFO = (
        "Eine Zeile je Beitrag: Name, Doppelpunkt, Worte. Eine Zeile ohne Namen setzt den Beitrag darüber fort. "
        "Ein Bildname in eckigen Klammern am Ende fügt das Bild hinzu."
    )
    DIALOGUE_HINT = "Anna: I got the job!\nBen: That is wonderful!"
    TRY_DIALOGUE = "Beispiel ausprobieren"
    EXAMPLE_DIALOGUE = (
        "Mia: I got the job! I can’t believe it!\n"
        "Jon: That is wonderful, congratulations!\n"
        "Mia: There is one thing. I have to move to Oslo.\n"
        "Jon: Oslo? When were you going to tell me?\n"
        "Mia: I was afraid you would be angry.\n"
        "Jon: I am angry. You decided this without me.\n"
        "Mia: I am so sorry. I don’t want to lose you.\n"
        "Jon: I will miss you terribly. But I am proud of you."
    )
    TALK_FILES = "Stattdessen eine Tabelle, oder Bilder"
    TALK_TABLE = "Tabelle nach Art von MELD (.csv)"
    TALK_CHOICE = "Gespräch aus der Tabelle"
    TALK_PICTURES = "Bilder, die Beiträge nennen"
    TALK_WAITING_TITLE = "Hier erscheint der Verlauf des Gesprächs"
    TALK_WAITING_STEPS = (
        "Ein Gespräch einfügen oder eine Tabelle hochladen.",
        "Auf „Auswerten“ drücken.",
        "Das Gefühl jedes Beitrags lesen und wie sich die Stimmung bewegt.",
    )
    NO_DIALOGUE = "Bitte ein Gespräch oder eine Tabelle angeben"
    ARC = "Wie sich die Stimmung bewegt"
    ARC_NOTE = "Jeder Beitrag von unangenehm (Wut, Ekel, Angst, Trauer) bis angenehm (Freude)"
    ARC_ALT = (
        "Stimmung über {count} Beiträge, von −1, unangenehm, bis +1, angenehm: Sie beginnt bei {first} und endet bei "
        "{last}; am tiefsten ist sie mit {low} in Beitrag {low_turn}, am höchsten mit {high} in Beitrag {high_turn}."
    )
    ARC_EMPTY = "Kein Beitrag hat ein Gefühl."
    PLEASANT = "angenehm"
    UNPLEASANT = "unangenehm"
    SPEAKERS = "Wer spricht"
    NO_SPEAKER = "Ohne Namen"
    ONE_TURN = "Ein Beitrag."
    MANY_TURNS = "{count} Beiträge."
    MEAN_VALENCE = "Stimmung im Mittel {value}."
    TURNS = "Beitrag für Beitrag"
    NOT_ANALYSED = "Nicht ausgewertet: {reason}"
    NO_EMOTION = "kein Gefühl"
    WITH_FACE = "Worte und Gesicht"

    BATCH_ARCHIVE = "ZIP-Datei mit Bildern"
    BATCH_TABLE = "Tabelle (.csv, .jsonl)"
    BATCH_WAITING_TITLE = "Hier erscheinen die Ergebnisse"
    BATCH_WAITING_STEPS = (
        "Eine ZIP-Datei mit Bildern hochladen, eine Tabelle mit den Spalten image, text oder beiden, oder beides.",
        "Auf „Auswerten“ drücken. Wo die Tabelle keine Worte gibt, werden sie aus dem Bild gelesen.",
        "Die Ergebnisse sortieren, filtern und als Datei mitnehmen.",
    )
    BATCH_LIMITS = (
        "Höchstens {files} Bilder oder Zeilen, {upload} MB je Datei, {unpacked} MB entpackt, "
        "{pixels} Bildpunkte je Bild."
    )
    NO_BATCH = "Bitte eine ZIP-Datei mit Bildern, eine Tabelle oder beides angeben"
    BATCH_PROGRESS = "{done} von {total} fertig"
    BATCH_DONE = "{total} Einträge: {good} ausgewertet, {bad} nicht."
    BATCH_LEFT_OUT = "Bilder des Archivs, die die Tabelle nicht nennt, wurden ausgelassen: {count}."
    BATCH_RESULT = "Ergebnisse"
    BATCH_FAILED = "Nicht ausgewertet, und warum"
    DOWNLOAD_CSV = "Als CSV herunterladen"
    DOWNLOAD_JSONL = "Als JSON-Zeilen herunterladen"
    COLUMN_NUMBER = "Nr."
    VERDICT_OF = "Urteil: {label}"
    ANY_VERDICT = "Alle"
    ROWS_SHOWN = "{shown} von {total} gezeigt"
    TABLE_CAPTION = "Eine Zeile je ausgewertetem Eintrag. Die Knöpfe in den Spaltenköpfen sortieren."

    TOO_SLOW = "Das hat länger als {seconds} Sekunden gedauert und wurde abgebrochen"
    WRONG_FILE = "{name} muss eine hochgeladene Datei oder null sein"
    UPLOAD_GONE = "die hochgeladene Datei ist nicht mehr da, bitte noch einmal angeben"
    THOUSANDS = "."
