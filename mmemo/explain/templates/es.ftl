# Las frases de una explicación en español (Project Fluent). Todos los idiomas tienen los mismos mensajes y variables.
# Solo las palabras del propio meme van entre comillas.

under-one-percent = menos del 1 %
over-ninety-nine-percent = más del 99 %
points = { $count ->
    [0] menos de 1 punto
    [one] 1 punto
   *[other] { $count } puntos
}
quoted = «{ $word }»
more-words = { $count ->
    [one] una palabra más
   *[other] { $count } palabras más
}
with-share = { $what } ({ $share })

## Lo que se ha mirado

part = { $modality ->
    [text] las palabras
    [image] la imagen
   *[face] la cara
}
nothing = No hay nada que juzgar: ni imagen ni palabras.
unread-words = Nada se ha juzgado por las palabras: no son de las que un modelo de aquí sabe leer.
no-words = No se han dado palabras ni se han leído de la imagen.
truncated = Solo se ha leído el principio de las palabras: son más largas de lo que admite el modelo.
foreign = Las palabras parecen estar en otro idioma que el inglés: los modelos que han aprendido del inglés, como los compactos, pueden equivocarse con ellas.

## El veredicto y su seguridad

decision = { $label ->
    [hateful] un mensaje de odio
   *[offensive] ofensivo
}
margin-over = { $margin ->
    [well] muy por encima
    [just] justo por encima
   *[plain] por encima
}
margin-under = { $margin ->
    [well] muy por debajo
    [just] justo por debajo
   *[plain] por debajo
}
verdict-yes = A juzgar por { $parts }, esto es { decision }: { $probability }, { margin-over } del umbral del { $threshold }.
verdict-no = A juzgar por { $parts }, esto no es { decision }: { $probability }, { margin-under } del umbral del { $threshold }.
verdict-uncertain = A juzgar por { $parts }, es dudoso si esto es { decision }: { $probability } está en la franja del { $low } al { $high }, en la que no se da ningún veredicto.
second-yes = Cuenta como { decision } ({ $probability }).
second-uncertain = Es dudoso si es { decision } ({ $probability }).

## En qué se apoya

carried = Puntuación de partida, sin nada de entrada: { $baseline }; { $effects }.
raises = { $modality ->
    [text] las palabras la suben { $points }
    [image] la imagen la sube { $points }
   *[face] la cara la sube { $points }
}
lowers = { $modality ->
    [text] las palabras la bajan { $points }
    [image] la imagen la baja { $points }
   *[face] la cara la baja { $points }
}
place = { $place ->
    [upper-left] la parte superior izquierda
    [upper] la parte superior
    [upper-right] la parte superior derecha
    [left] la parte izquierda
    [right] la parte derecha
    [lower-left] la parte inferior izquierda
    [lower] la parte inferior
    [lower-right] la parte inferior derecha
   *[middle] el centro
}
region = { $within ->
    [face] En la cara, { place } es lo que más sube la puntuación.
   *[picture] En la imagen, { place } es lo que más sube la puntuación.
}
also-region = { $within ->
    [face] ; en la cara, { place } es lo que más la sube
    [picture] ; en la imagen, { place } es lo que más la sube
   *[none] {""}
}
strongest-raising = { $count ->
    [one] De las palabras, { $words } es la que más sube la puntuación{ also-region }.
   *[other] De las palabras, { $words } son las que más suben la puntuación{ also-region }.
}
strongest-lowering = { $count ->
    [one] De las palabras, { $words } es la que más baja la puntuación{ also-region }.
   *[other] De las palabras, { $words } son las que más bajan la puntuación{ also-region }.
}

## Lo que lo cambiaría

without-yes = Sin { $words } (puntuación: { $probability }), esto sería { decision }.
without-no = Sin { $words } (puntuación: { $probability }), esto no sería { decision }.
without-uncertain = Sin { $words } (puntuación: { $probability }), sería dudoso si esto es { decision }.

## Emociones, y qué dicen del veredicto

bearing = { $bearing ->
    [fits] {", lo que encaja con el veredicto"}
    [against] {", lo que por sí solo apuntaría en sentido contrario"}
   *[none] {""}
}
origin = { $source ->
    [ocr] Las palabras leídas en la imagen
   *[given] Las palabras
}
words-express = { origin } expresan sobre todo { $emotions }{ bearing }.
words-sentiment = { origin } son de sentimiento { sentiment } ({ $share }).
words-both = { origin } expresan sobre todo { $emotions } y son de sentimiento { sentiment } ({ $share }){ bearing }.
lead-emotion = A juzgar por { $parts }, predomina { emotion } ({ $share }).
whole-meme = En conjunto transmite sobre todo { meme-emotion } ({ $share }).

## Caras

face-looks = { $emotion ->
    [angry] parece enfadada
    [disgust] parece asqueada
    [fear] parece asustada
    [happy] parece alegre
    [sad] parece triste
    [surprise] parece sorprendida
   *[neutral] parece neutra
}
face-unread = no se ha interpretado
no-face = No se ha encontrado ninguna cara en la imagen.
one-face = La cara { $reading }{ bearing }.
many-faces = Se han encontrado { $count } caras: { $readings }.
largest-face = la mayor { $reading }
second-face = la siguiente { $reading }
third-face = una tercera { $reading }

## Caras y palabras

words-tone = { $emotion ->
    [angry] enfadadas
    [disgust] asqueadas
    [fear] temerosas
    [happy] alegres
    [sad] tristes
    [surprise] sorprendidas
   *[neutral] neutras
}
face-of = { $count ->
    [one] La cara
   *[other] La cara mayor
}
words-compared = las palabras, medidas con las mismas emociones,
agree = { face-of } { $reading } y { words-compared } suenan { words-tone } ({ $share }): coinciden (divergencia { $divergence } de 1).
agree-in-part = { face-of } { $reading } y { words-compared } suenan { words-tone } ({ $share }): coinciden en parte (divergencia { $divergence } de 1).
unclear = { face-of } { $reading }, mientras que { words-compared } suenan poco claras, más bien { words-tone } ({ $share }) (divergencia { $divergence } de 1).
differ = { face-of } { $reading }, mientras que { words-compared } suenan { words-tone } ({ $share }): se diferencian (divergencia { $divergence } de 1).
conflict = { face-of } { $reading }, mientras que { words-compared } suenan { words-tone } ({ $share }), lo que a menudo indica ironía o un mensaje ambiguo (divergencia { $divergence } de 1).

## Nombres

emotion = { $emotion ->
    [angry] el enfado
    [disgust] el asco
    [fear] el miedo
    [happy] la alegría
    [sad] la tristeza
    [surprise] la sorpresa
   *[neutral] un ánimo neutro
}
sentiment = { $sentiment ->
    [negative] negativo
    [positive] positivo
   *[neutral] neutro
}
meme-emotion = { $emotion ->
    [happiness] felicidad
    [love] amor
    [anger] ira
    [sorrow] pena
    [fear] miedo
    [hate] odio
   *[surprise] sorpresa
}
text-emotion = { $emotion ->
    [admiration] admiración
    [amusement] diversión
    [anger] ira
    [annoyance] fastidio
    [approval] aprobación
    [caring] cariño
    [confusion] confusión
    [curiosity] curiosidad
    [desire] deseo
    [disappointment] decepción
    [disapproval] desaprobación
    [disgust] asco
    [embarrassment] vergüenza
    [excitement] entusiasmo
    [fear] miedo
    [gratitude] gratitud
    [grief] duelo
    [joy] gozo
    [love] amor
    [nervousness] nerviosismo
    [optimism] optimismo
    [pride] orgullo
    [realization] revelación
    [relief] alivio
    [remorse] remordimiento
    [sadness] tristeza
    [surprise] sorpresa
   *[neutral] un tono neutro
}
