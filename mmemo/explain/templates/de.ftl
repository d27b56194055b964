# Die Sätze einer Erklärung auf Deutsch (Project Fluent). Jede Sprache hat dieselben Nachrichten und Variablen.
# Anführungszeichen stehen nur um die eigenen Wörter des Memes.

under-one-percent = unter 1 %
over-ninety-nine-percent = über 99 %
points = { $count ->
    [0] weniger als 1 Punkt
    [one] 1 Punkt
   *[other] { $count } Punkte
}
quoted = „{ $word }“
more-words = { $count ->
    [one] ein weiteres Wort
   *[other] { $count } weitere Wörter
}
with-share = { $what } ({ $share })

## Was betrachtet wurde

part = { $modality ->
    [text] den Worten
    [image] dem Bild
   *[face] dem Gesicht
}
nothing = Es gibt nichts zu beurteilen: kein Bild und keine Worte.
unread-words = Aus den Worten wurde nichts beurteilt: Es sind keine, die ein Modell hier lesen kann.
no-words = Es wurden keine Worte angegeben und keine aus dem Bild gelesen.
truncated = Nur der Anfang der Worte wurde gelesen: Sie sind länger, als das Modell aufnimmt.
foreign = Die Worte scheinen in einer anderen Sprache als Englisch zu sein: Modelle, die aus Englisch gelernt haben, wie das kompakte Paar, können sich bei ihnen irren.

## Das Urteil und wie sicher es ist

decision = { $label ->
    [hateful] hasserfüllt
   *[offensive] beleidigend
}
margin-over = { $margin ->
    [well] deutlich über
    [just] knapp über
   *[plain] über
}
margin-under = { $margin ->
    [well] deutlich unter
    [just] knapp unter
   *[plain] unter
}
verdict-yes = Nach { $parts } zu urteilen ist das { decision }: { $probability }, { margin-over } der Schwelle von { $threshold }.
verdict-no = Nach { $parts } zu urteilen ist das nicht { decision }: { $probability }, { margin-under } der Schwelle von { $threshold }.
verdict-uncertain = Nach { $parts } zu urteilen ist unsicher, ob das { decision } ist: { $probability } liegt im Bereich von { $low } bis { $high }, in dem kein Urteil gefällt wird.
second-yes = Es gilt als { decision } ({ $probability }).
second-uncertain = Ob es { decision } ist, ist unsicher ({ $probability }).

## Was es getragen hat

carried = Ohne jede Eingabe läge der Wert bei { $baseline }; { $effects }.
raises = { $modality ->
    [text] die Worte heben ihn um { $points }
    [image] das Bild hebt ihn um { $points }
   *[face] das Gesicht hebt ihn um { $points }
}
lowers = { $modality ->
    [text] die Worte senken ihn um { $points }
    [image] das Bild senkt ihn um { $points }
   *[face] das Gesicht senkt ihn um { $points }
}
place = { $place ->
    [upper-left] oben links
    [upper] oben
    [upper-right] oben rechts
    [left] links
    [right] rechts
    [lower-left] unten links
    [lower] unten
    [lower-right] unten rechts
   *[middle] in der Mitte
}
region = { $within ->
    [face] Im Gesicht hebt der Bereich { place } den Wert am stärksten.
   *[picture] Im Bild hebt der Bereich { place } den Wert am stärksten.
}
also-region = { $within ->
    [face] ; im Gesicht hebt ihn der Bereich { place } am stärksten
    [picture] ; im Bild hebt ihn der Bereich { place } am stärksten
   *[none] {""}
}
strongest-raising = { $count ->
    [one] Von den Wörtern hebt { $words } den Wert am stärksten{ also-region }.
   *[other] Von den Wörtern heben { $words } den Wert am stärksten{ also-region }.
}
strongest-lowering = { $count ->
    [one] Von den Wörtern senkt { $words } den Wert am stärksten{ also-region }.
   *[other] Von den Wörtern senken { $words } den Wert am stärksten{ also-region }.
}

## Was es ändern würde

without-yes = Ohne { $words } läge der Wert bei { $probability } und das wäre { decision }.
without-no = Ohne { $words } läge der Wert bei { $probability } und das wäre nicht { decision }.
without-uncertain = Ohne { $words } läge der Wert bei { $probability } und es wäre unsicher, ob das { decision } ist.

## Gefühle, und was sie für das Urteil bedeuten

bearing = { $bearing ->
    [fits] {", was zum Urteil passt"}
    [against] {", was für sich genommen in die andere Richtung weist"}
   *[none] {""}
}
origin = { $source ->
    [ocr] Die aus dem Bild gelesenen Worte
   *[given] Die Worte
}
words-express = { origin } drücken vor allem { $emotions } aus{ bearing }.
words-sentiment = { origin } sind in der Stimmung { sentiment } ({ $share }).
words-both = { origin } drücken vor allem { $emotions } aus und sind in der Stimmung { sentiment } ({ $share }){ bearing }.
lead-emotion = Nach { $parts } zu urteilen überwiegt { emotion } ({ $share }).
whole-meme = Als Ganzes drückt es vor allem { meme-emotion } ({ $share }) aus.

## Gesichter

face-looks = { $emotion ->
    [angry] wirkt wütend
    [disgust] wirkt angewidert
    [fear] wirkt verängstigt
    [happy] wirkt fröhlich
    [sad] wirkt traurig
    [surprise] wirkt überrascht
   *[neutral] wirkt neutral
}
face-unread = wurde nicht gedeutet
no-face = Im Bild wurde kein Gesicht gefunden.
one-face = Das Gesicht { $reading }{ bearing }.
many-faces = { $count } Gesichter wurden gefunden: { $readings }.
largest-face = Das größte { $reading }
second-face = das nächste { $reading }
third-face = ein drittes { $reading }

## Gesicht und Worte

words-tone = { $emotion ->
    [angry] wütend
    [disgust] angewidert
    [fear] ängstlich
    [happy] fröhlich
    [sad] traurig
    [surprise] überrascht
   *[neutral] sachlich
}
face-of = { $count ->
    [one] Das Gesicht
   *[other] Das größte Gesicht
}
words-compared = die Worte, an denselben Emotionen gemessen,
agree = { face-of } { $reading } und { words-compared } klingen { words-tone } ({ $share }): Sie stimmen überein (Abweichung { $divergence } von 1).
agree-in-part = { face-of } { $reading } und { words-compared } klingen { words-tone } ({ $share }): Sie stimmen teilweise überein (Abweichung { $divergence } von 1).
unclear = { face-of } { $reading }, während { words-compared } uneindeutig klingen, am ehesten { words-tone } ({ $share }) (Abweichung { $divergence } von 1).
differ = { face-of } { $reading }, während { words-compared } { words-tone } ({ $share }) klingen: Sie unterscheiden sich (Abweichung { $divergence } von 1).
conflict = { face-of } { $reading }, während { words-compared } { words-tone } ({ $share }) klingen, was oft auf Ironie oder eine gemischte Botschaft hinweist (Abweichung { $divergence } von 1).

## Namen

emotion = { $emotion ->
    [angry] Wut
    [disgust] Ekel
    [fear] Angst
    [happy] Freude
    [sad] Trauer
    [surprise] Überraschung
   *[neutral] eine neutrale Stimmung
}
sentiment = { $sentiment ->
    [negative] negativ
    [positive] positiv
   *[neutral] neutral
}
meme-emotion = { $emotion ->
    [happiness] Freude
    [love] Liebe
    [anger] Wut
    [sorrow] Kummer
    [fear] Angst
    [hate] Hass
   *[surprise] Überraschung
}
text-emotion = { $emotion ->
    [admiration] Bewunderung
    [amusement] Belustigung
    [anger] Wut
    [annoyance] Ärger
    [approval] Zustimmung
    [caring] Fürsorge
    [confusion] Verwirrung
    [curiosity] Neugier
    [desire] Verlangen
    [disappointment] Enttäuschung
    [disapproval] Missbilligung
    [disgust] Ekel
    [embarrassment] Scham
    [excitement] Begeisterung
    [fear] Angst
    [gratitude] Dankbarkeit
    [grief] Leid
    [joy] Heiterkeit
    [love] Liebe
    [nervousness] Nervosität
    [optimism] Zuversicht
    [pride] Stolz
    [realization] Erkenntnis
    [relief] Erleichterung
    [remorse] Reue
    [sadness] Traurigkeit
    [surprise] Überraschung
   *[neutral] einen neutralen Ton
}
