"""The words of the interface in Spanish."""

from mmemo.ui.texts.en import Texts


class Spanish(Texts):
    """The words, in Spanish."""

    CODE = "es"
    NAME = "Español"

    TITLE = "mmemo"
    TAGLINE = "Qué expresa un meme, una foto o un momento ante la cámara, y por qué."
    PRIVACY = (
        "Las imágenes y las palabras se analizan en este servidor. Las palabras no se guardan; los archivos subidos "
        "se eliminan en un máximo de {minutes} min."
    )
    CAUTION = "Los valores son estimaciones de un modelo y pueden ser erróneos. No juzgan a ninguna persona."

    LANGUAGE = "Idioma"
    MEME_TAB = "Meme"
    ABOUT_TAB = "Acerca de"
    LIVE_TAB = "En vivo"

    PICTURE = "Imagen"
    PICTURE_ALT = "La imagen que se analiza"
    PICTURE_HINT = "Arrastra una imagen, pégala o haz clic para elegirla"
    WORDS = "Palabras"
    WORDS_INFO = "Déjalo vacío para leerlas de la imagen."
    WORDS_HINT = "Lo que dice el meme, o solo una frase"
    ANALYSE = "Analizar"
    EXAMPLES = "O prueba uno de estos"
    EXAMPLE_NAME = "Ejemplo: {title}"

    EXAMPLE_TITLES = {
        "sun": "Un buen día",
        "smile": "Sonrisa con palabras de enfado",
        "tears": "Lágrimas",
        "surprise": "Una sorpresa",
        "anger": "Enfado con palabras amables",
        "team": "Dos caras",
        "family": "Una cena familiar",
        "rude": "Palabras groseras",
        "cat": "Un gato",
        "cloud": "Una nube gruñona",
        "chart": "Un gráfico con palabras",
    }

    WAITING_TITLE = "La respuesta aparece aquí"
    WAITING_STEPS = (
        "Da una imagen, palabras o ambas.",
        "Pulsa Analizar.",
        "Lee si es odioso, qué emociones lleva y por qué.",
    )

    VERDICT_REGION = "Veredictos"
    PROBABILITY_OF = "probabilidad de {label}"
    SCALE = "{probability} en una escala de 0 a 100 %. {rule}"
    RULE = "{label} desde {threshold}."
    RULE_BAND = "{label} desde {threshold}. Rayado, de {low} a {high}: dudoso."
    SCALE_THRESHOLD = "umbral {threshold}"
    UNCERTAIN = "Dudoso: ¿{label}?"
    NOUNS = {"hateful": "odio", "offensive": "ofensa"}
    LABELS = {
        "hateful": "odioso",
        "not hateful": "no odioso",
        "offensive": "ofensivo",
        "not offensive": "no ofensivo",
        "uncertain": "dudoso",
        "angry": "enfado",
        "disgust": "asco",
        "fear": "miedo",
        "happy": "alegría",
        "neutral": "neutro",
        "sad": "tristeza",
        "surprise": "sorpresa",
        "negative": "negativo",
        "positive": "positivo",
        "happiness": "felicidad",
        "love": "amor",
        "anger": "ira",
        "sorrow": "pena",
        "hate": "odio",
        "admiration": "admiración",
        "amusement": "diversión",
        "annoyance": "fastidio",
        "approval": "aprobación",
        "caring": "cariño",
        "confusion": "confusión",
        "curiosity": "curiosidad",
        "desire": "deseo",
        "disappointment": "decepción",
        "disapproval": "desaprobación",
        "embarrassment": "vergüenza",
        "excitement": "entusiasmo",
        "gratitude": "gratitud",
        "grief": "duelo",
        "joy": "gozo",
        "nervousness": "nerviosismo",
        "optimism": "optimismo",
        "pride": "orgullo",
        "realization": "revelación",
        "relief": "alivio",
        "remorse": "remordimiento",
        "sadness": "tristeza",
    }
    READING = "la cara muestra {face}; las palabras, {words}"
    NO_CLEAR_EMOTION = "ninguna emoción clara"

    EXPLANATION = "Por qué"
    EMOTION = "Emoción"
    EMOTION_MADE_FROM = "A partir de {parts}"
    EMOTION_MADE_FROM_ONE = "Solo a partir de {parts}"
    PARTS = {"text": "las palabras", "face": "la cara", "image": "la imagen"}
    AND = " y "

    WORDS_CARD = "Qué llevan las palabras"
    WORDS_READ = "Leídas de la imagen"
    WORDS_GIVEN = "Tal como se dieron"
    WORDS_CUT = "Demasiado largas para el modelo: solo se leyó el principio."
    WORDS_FOREIGN = "Al parecer no están en inglés, del que han aprendido los modelos: los valores pueden ser erróneos."
    FOREIGN_AMONG = (
        "Al parecer no están en inglés, del que han aprendido los modelos: {count} de {total}. "
        "Sus valores pueden ser erróneos."
    )
    SENTIMENT = "Sentimiento"
    TEXT_EMOTIONS = "Emociones"
    TEXT_EMOTIONS_PRESENT = "Emociones, ✓ cuenta como presente"
    ALL_LABELS = "Las {count}"
    PRESENT = "(cuenta como presente)"

    MEME_EMOTION = "El meme en conjunto"
    FACES_CARD = "Caras"
    NO_FACE = "No se encontró ninguna cara."
    ONE_FACE = "Se encontró una cara."
    MANY_FACES = "Se encontraron {count} caras, la más grande primero."
    FACE_NUMBER = "Cara {number}"
    FIGURE_ALT = "La imagen analizada. {faces}"

    DISAGREEMENT = "Palabras frente a cara"
    AGREE = "Coinciden"
    PARTLY_AGREE = "Coinciden en parte"
    HARD_TO_COMPARE = "Difícil de comparar"
    DIFFER = "Se diferencian"
    DISAGREE = "Se contradicen"
    DIVERGENCE = "Divergencia {value} en una escala de 0, igual, a 1, nada en común"

    PENDING = "Reuniendo las pruebas …"
    FACES_HINT = "Pulsa una cara para ver sus emociones."
    MOVED_CARD = "Qué movió los valores"
    MOVED_NOTE = "Medido en el propio modelo: qué debe un valor a cada parte, cada palabra y cada lugar."
    MOVED_CHOICE = "Qué valor"
    MOVED_SCORE = "{label}: {score}. Sin nada que juzgar, el modelo parte de {baseline}."
    MOVED_WORDS = "Palabra por palabra"
    WITHOUT_WORDS = "Sin {words} el veredicto sería: {verdict} ({probability})."
    POINTS = "{value} puntos"
    WORDS_RAISE = "Lo que más lo sube: {words}."
    WORDS_LOWER = "Lo que más lo baja: {words}."
    WORDS_NEUTRAL = "Ninguna palabra destaca."
    MAP_ALT = "La imagen con los lugares que subieron el valor."
    MAP_SHOW = "Mostrar el mapa de calor"
    MAP_PEAK = "El lugar más fuerte, marcado con un anillo, está {place}."
    MAP_FLAT = "Ningún lugar de la imagen subió este valor."
    MAP_NONE = "Este valor se obtuvo sin la imagen."
    DETAIL = "Cómo de minuciosas son las razones"
    TASKS = {
        "hate": "Odio",
        "offensive": "Ofensa",
        "meme_emotion": "Meme entero",
        "emotion": "Emoción",
        "text_emotion": "Palabras",
        "sentiment": "Sentimiento",
        "face_emotion": "Cara",
    }
    SHARE_OF = {"text": "palabras", "image": "imagen", "face": "cara"}
    PLACES = (
        "arriba a la izquierda",
        "arriba",
        "arriba a la derecha",
        "a la izquierda",
        "en el centro",
        "a la derecha",
        "abajo a la izquierda",
        "abajo",
        "abajo a la derecha",
    )
    DETAILS = {"fast": "Rápidas", "full": "Minuciosas"}

    JSON_CARD = "Todo el resultado en JSON"
    JSON_LABEL = "Resultado"

    CAMERA = "Cámara"
    LIVE_WORDS = "Palabras"
    LIVE_WORDS_INFO = "Se valoran junto con la cara mientras la cámara funciona."
    LIVE_WORDS_HINT = "Lo que se está diciendo"
    LIVE_SETTINGS = "Suavizado, cámara, espejo"
    HALF_LIFE = "Semivida en segundos"
    HALF_LIFE_INFO = "Pasado este tiempo, una mirada anterior cuenta la mitad. 0 muestra cada fotograma tal cual."
    LIVE_WAITING_TITLE = "Todavía no hay nada que ver"
    LIVE_WAITING_STEPS = (
        "Permite la cámara y pulsa Grabar.",
        "Escribe palabras para que cuenten.",
        "Para cuando quieras; los fotogramas no se guardan.",
    )
    LIVE_FIGURE_ALT = "El último fotograma. {faces}"
    LIVE_NO_EMOTION = "Esperando una cara a la vista."
    LIVE_RATE = "{rate} fotogramas por segundo"
    LIVE_STARTING = "Empezando"

    TIMELINE = "El último minuto"
    TIMELINE_EMPTY = "Aquí aparecen las emociones a lo largo del tiempo en cuanto se vea una cara."
    TIMELINE_NOTE = "Cuanto más alta la banda, mayor la parte de su emoción."
    TIMELINE_ALT = "Partes en el último minuto: {shares}."
    CAMERA_FACING = "Qué cámara"
    CAMERA_FRONT = "Delantera"
    CAMERA_REAR = "Trasera"
    MIRROR = "Vista en espejo"
    MIRROR_INFO = "Solo en la pantalla; se analiza lo que graba la cámara."
    ABOUT_MEANS_CARD = "Qué significan los valores"
    ABOUT_NOT_CARD = "Qué no significan"
    ABOUT_FIGURES = "Cifras medidas"
    ABOUT_FIGURES_NOTE = "De los dos modelos compactos incluidos, en datos de prueba con los que no se entrenó ninguno."
    ABOUT_VERDICTS = "Veredictos"
    ABOUT_VERDICTS_NOTE = (
        "Con qué frecuencia «yes» y «no» aciertan donde se dan y, entre paréntesis, su proporción del total."
    )
    ABOUT_CODE = "Desde tu propio programa"
    ABOUT_CODE_NOTE = (
        "El resultado tiene las mismas claves en todas partes. Las pruebas del proyecto ejecutan los ejemplos tal"
        " como están."
    )
    ABOUT_DATA = "Datos de entrenamiento"
    ABOUT_DATA_NOTE = "Ninguno forma parte del proyecto."
    ABOUT_LIMITS = "Uso previsto y límites"
    ABOUT_LIMITS_NOTE = "De las fichas de los modelos, en inglés."
    ABOUT_SLICES = "Medido en partes de los datos de prueba"
    ABOUT_LICENCE = "Licencias"
    COPY = "Copiar"
    COPIED = "Copiado"
    TIMELINE_TICKS = (
        "hace un minuto",
        "30 segundos",
        "ahora",
    )
    ABOUT_MEANS = (
        "Las probabilidades se calibran con datos apartados: de los elementos con 70 %, cerca del 70 % debería "
        "tener la etiqueta.",
        "Cuánto se desvía está abajo, en la columna «ece».",
        "La banda rayada alrededor del umbral es donde el modelo no decide; debe mirarlo una persona.",
        "Las palabras solas, una imagen sola y un meme entero tienen cada uno su propio umbral y su propia banda.",
        "Un valor de emoción dice cómo leerían los anotadores una expresión o una frase.",
        "Palabras, caras e imagen se juzgan por separado y juntas, para ver dónde se contradicen.",
    )
    ABOUT_NOT = (
        "Ningún valor conoce el contexto, quién habla ni la intención. Las citas, la ironía y las palabras "
        "reapropiadas se leen mal a menudo.",
        "Una expresión no es un sentimiento: no se mide el interior de nadie.",
        "Las palabras de grupos que aparecen poco en los datos, o solo en compañía odiosa, provocan falsas alarmas.",
        "No sirve para decidir sobre personas en el trabajo, la escuela, las fronteras o la sanidad.",
    )
    ABOUT_LICENCES = (
        "Código y pesos: Apache-2.0.",
        "Los pesos parten de all-MiniLM-L6-v2 y EfficientNet-Lite0, ambos Apache-2.0.",
        "El detector de caras es CenterFace, MIT. Las imágenes de ejemplo las dibujó el proyecto.",
    )

    NOTHING_GIVEN = "Da una imagen, palabras o ambas."
    PICTURE_REFUSED = "Esta imagen no se puede usar: {reason}."
    PICTURE_REASONS = {
        "format": "se espera JPEG, PNG, WebP, GIF o BMP, y el archivo no es nada de eso",
        "empty": "el archivo está vacío",
        "bytes": "el archivo es demasiado grande, se leen como máximo {limit} bytes",
        "pixels": "la imagen es demasiado grande, se leen como máximo {limit} píxeles",
        "damaged": "el archivo está dañado o incompleto",
    }
    REQUEST_REFUSED = "Esto no se puede analizar: {reason}."
    WRONG_TEXT = "text debe ser una cadena o null"
    ERROR_TITLE = "No ha funcionado"

    CONVERSATION_TAB = "Conversación"
    BATCH_TAB = "Lote"

    DIALOGUE = "Diálogo"
    DIALOGUE_INFO = (
        "Una línea por turno: nombre, dos puntos, palabras. Una línea sin nombre continúa el turno anterior. "
        "El nombre de una imagen entre corchetes al final añade la imagen."
    )
    DIALOGUE_HINT = "Ana: I got the job!\nBen: That is wonderful!"
    TRY_DIALOGUE = "Probar un ejemplo"
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
    TALK_FILES = "Una tabla en su lugar, o imágenes"
    TALK_TABLE = "Tabla al modo de MELD (.csv)"
    TALK_CHOICE = "Diálogo de la tabla"
    TALK_PICTURES = "Imágenes que los turnos nombran"
    TALK_WAITING_TITLE = "Aquí aparece el curso de la conversación"
    TALK_WAITING_STEPS = (
        "Pegue un diálogo o suba una tabla.",
        "Pulse Analizar.",
        "Lea la emoción de cada turno y cómo se mueve el ánimo.",
    )
    NO_DIALOGUE = "Dé un diálogo o una tabla"
    ARC = "Cómo se mueve el ánimo"
    ARC_NOTE = "Cada turno, de desagradable (enfado, asco, miedo, tristeza) a agradable (alegría)"
    ARC_ALT = (
        "Ánimo en {count} turnos, de −1, desagradable, a +1, agradable: empieza en {first} y acaba en {last}; "
        "el más bajo es {low} en el turno {low_turn}, el más alto {high} en el turno {high_turn}."
    )
    ARC_EMPTY = "Ningún turno tiene emoción."
    PLEASANT = "agradable"
    UNPLEASANT = "desagradable"
    SPEAKERS = "Quién habla"
    NO_SPEAKER = "Sin nombre"
    ONE_TURN = "Un turno."
    MANY_TURNS = "{count} turnos."
    MEAN_VALENCE = "Ánimo medio {value}."
    TURNS = "Turno a turno"
    NOT_ANALYSED = "Sin analizar: {reason}"
    NO_EMOTION = "sin emoción"
    WITH_FACE = "palabras y cara"

    BATCH_ARCHIVE = "Archivo ZIP con imágenes"
    BATCH_TABLE = "Tabla (.csv, .jsonl)"
    BATCH_WAITING_TITLE = "Aquí aparecen los resultados"
    BATCH_WAITING_STEPS = (
        "Suba un archivo ZIP con imágenes, una tabla con columnas image, text o ambas, o los dos.",
        "Pulse Analizar. Donde la tabla no da palabras, se leen de la imagen.",
        "Ordene y filtre los resultados, y lléveselos en un archivo.",
    )
    BATCH_LIMITS = (
        "Como máximo {files} imágenes o filas, {upload} MB por archivo, {unpacked} MB descomprimidos, "
        "{pixels} píxeles por imagen."
    )
    NO_BATCH = "Dé un archivo ZIP con imágenes, una tabla, o ambos"
    BATCH_PROGRESS = "{done} de {total} listos"
    BATCH_DONE = "{total} elementos: {good} analizados, {bad} no."
    BATCH_LEFT_OUT = "Se omitieron imágenes del archivo ZIP que la tabla no menciona: {count}."
    BATCH_RESULT = "Resultados"
    BATCH_FAILED = "Sin analizar, y por qué"
    DOWNLOAD_CSV = "Descargar CSV"
    DOWNLOAD_JSONL = "Descargar líneas JSON"
    COLUMN_NUMBER = "N.º"
    VERDICT_OF = "Veredicto: {label}"
    ANY_VERDICT = "Todos"
    ROWS_SHOWN = "{shown} de {total} a la vista"
    TABLE_CAPTION = "Una fila por elemento analizado. Los botones de la cabecera ordenan por su columna."

    TOO_SLOW = "Esto tardó más de {seconds} segundos y se interrumpió"
    WRONG_FILE = "{name} debe ser un archivo subido o null"
    UPLOAD_GONE = "el archivo subido ya no está, por favor súbalo de nuevo"
    THOUSANDS = "."
