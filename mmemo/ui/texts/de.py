"""The words of the interface in German."""

from mmemo.ui.texts.en import Texts


class German(Texts):
    """The words, in German."""

    CODE = "de"
    NAME = "Deutsch"

    TITLE = "mmemo"
    TAGLINE = "Was ein Meme, ein Foto oder ein Moment vor der Kamera ausdrückt, und warum."
    PRIVACY = "Bilder und Worte werden auf diesem Server ausgewertet und nicht behalten."
    CAUTION = (
        "Die Werte sind Schätzungen eines Modells und können falsch sein. Sie sind kein Urteil über einen Menschen."
    )

    LANGUAGE = "Sprache"
    MEME_TAB = "Meme"
    LIVE_TAB = "Live"

    PICTURE = "Bild"
    PICTURE_ALT = "Das Bild, das ausgewertet wird"
    WORDS = "Worte"
    WORDS_INFO = "Leer lassen, um sie aus dem Bild zu lesen."
    WORDS_HINT = "Was auf dem Meme steht, oder nur ein Satz"
    ANALYSE = "Auswerten"
    EXAMPLES = "Oder eines von diesen"
    EXAMPLE_NAME = "Beispiel: {title}"

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
    UNDER = "unter {share}"
    OVER = "über {share}"
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
    DISAGREE = "Sie widersprechen sich"
    DIVERGENCE = "Divergenz {value} auf einer Skala von 0, gleich, bis 1, nichts gemeinsam"

    JSON_CARD = "Das ganze Ergebnis als JSON"
    JSON_LABEL = "Ergebnis"

    CAMERA = "Kamera"
    LIVE_WORDS = "Worte"
    LIVE_WORDS_INFO = "Werden mit dem Gesicht zusammen gewogen, solange die Kamera läuft."
    LIVE_WORDS_HINT = "Was gerade gesagt wird"
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

    NOTHING_GIVEN = "Bitte ein Bild, Worte oder beides geben."
    PICTURE_REFUSED = "Dieses Bild lässt sich nicht verwenden: {reason}."
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
    TALK_TABLE = "CSV-Datei mit Utterance, Speaker, Dialogue_ID, Utterance_ID; sie geht dem Text vor"
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
    BATCH_TABLE = "Tabelle (.csv oder .jsonl) mit image, text oder beidem"
    BATCH_WAITING_TITLE = "Hier erscheinen die Ergebnisse"
    BATCH_WAITING_STEPS = (
        "Eine ZIP-Datei mit Bildern hochladen, eine Tabelle, oder beides: Dann nennt die Tabelle die Bilder.",
        "Auf „Auswerten“ drücken. Wo die Tabelle keine Worte gibt, werden sie aus dem Bild gelesen.",
        "Die Ergebnisse sortieren, filtern und als Datei mitnehmen.",
    )
    BATCH_LIMITS = (
        "Höchstens {files} Bilder oder Zeilen, {upload} MB je Datei, {unpacked} MB entpackt, "
        "{pixels} Bildpunkte je Bild. Nichts wird behalten."
    )
    NO_BATCH = "Bitte eine ZIP-Datei mit Bildern, eine Tabelle oder beides angeben"
    BATCH_PROGRESS = "{done} von {total} fertig"
    BATCH_DONE = "{total} Einträge: {good} ausgewertet, {bad} nicht."
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
