# The sentences of an explanation, in English (Project Fluent). Every language has the same messages and variables.
# Quotation marks stand around the meme's own words and nowhere else.

under-one-percent = under 1 %
over-ninety-nine-percent = over 99 %
points = { $count ->
    [0] less than 1 point
    [one] 1 point
   *[other] { $count } points
}
quoted = “{ $word }”
more-words = { $count ->
    [one] one more word
   *[other] { $count } more words
}
with-share = { $what } ({ $share })

## What was looked at

part = { $modality ->
    [text] the words
    [image] the picture
   *[face] the face
}
nothing = There is nothing to judge: no picture and no words.
unread-words = Nothing was judged from the words: they are none that a model here can read.
no-words = No words were given, and none were read from the picture.
truncated = Only the beginning of the words was read: they are longer than the model takes.
foreign = The words seem to be in another language than English: models that learnt from English, such as the compact pair, may misjudge them.

## The verdict and how sure it is

decision = { $label ->
    [hateful] hateful
   *[offensive] offensive
}
margin-over = { $margin ->
    [well] well over
    [just] just over
   *[plain] over
}
margin-under = { $margin ->
    [well] well under
    [just] just under
   *[plain] under
}
verdict-yes = Judged from { $parts }, this is { decision }: { $probability }, { margin-over } the threshold of { $threshold }.
verdict-no = Judged from { $parts }, this is not { decision }: { $probability }, { margin-under } the threshold of { $threshold }.
verdict-uncertain = Judged from { $parts }, it is uncertain whether this is { decision }: { $probability } lies in the band from { $low } to { $high } where no verdict is given.
second-yes = It counts as { decision } ({ $probability }).
second-uncertain = Whether it is { decision } is uncertain ({ $probability }).

## What carried it

carried = The score starts at { $baseline } with nothing given; { $effects }.
raises = { $modality ->
    [text] the words raise it by { $points }
    [image] the picture raises it by { $points }
   *[face] the face raises it by { $points }
}
lowers = { $modality ->
    [text] the words lower it by { $points }
    [image] the picture lowers it by { $points }
   *[face] the face lowers it by { $points }
}
place = { $place ->
    [upper-left] the upper left
    [upper] the top
    [upper-right] the upper right
    [left] the left side
    [right] the right side
    [lower-left] the lower left
    [lower] the bottom
    [lower-right] the lower right
   *[middle] the middle
}
region = { $within ->
    [face] In the face, { place } raises the score most.
   *[picture] In the picture, { place } raises the score most.
}
also-region = { $within ->
    [face] ; in the face, { place } raises it most
    [picture] ; in the picture, { place } raises it most
   *[none] {""}
}
strongest-raising = { $count ->
    [one] Among the words, { $words } raises the score most{ also-region }.
   *[other] Among the words, { $words } raise the score most{ also-region }.
}
strongest-lowering = { $count ->
    [one] Among the words, { $words } lowers the score most{ also-region }.
   *[other] Among the words, { $words } lower the score most{ also-region }.
}

## What would change it

without-yes = Without { $words }, the score would be { $probability } and this would be { decision }.
without-no = Without { $words }, the score would be { $probability } and this would not be { decision }.
without-uncertain = Without { $words }, the score would be { $probability } and it would be uncertain whether this is { decision }.

## Emotions, and how they bear on the verdict

bearing = { $bearing ->
    [fits] {", which fits the verdict"}
    [against] {", which by itself would point the other way"}
   *[none] {""}
}
origin = { $source ->
    [ocr] The words read from the picture
   *[given] The words
}
words-express = { origin } express mostly { $emotions }{ bearing }.
words-sentiment = { origin } are { sentiment } in sentiment ({ $share }).
words-both = { origin } express mostly { $emotions } and are { sentiment } in sentiment ({ $share }){ bearing }.
lead-emotion = Judged from { $parts }, the leading emotion is { emotion } ({ $share }).
whole-meme = As a whole, it reads most like { meme-emotion } ({ $share }).

## Faces

face-looks = { $emotion ->
    [angry] looks angry
    [disgust] looks disgusted
    [fear] looks frightened
    [happy] looks happy
    [sad] looks sad
    [surprise] looks surprised
   *[neutral] looks neutral
}
face-unread = was not read
no-face = No face was found in the picture.
one-face = The face { $reading }{ bearing }.
many-faces = { $count } faces were found: { $readings }.
largest-face = the largest { $reading }
second-face = the next { $reading }
third-face = a third { $reading }

## Faces against words

words-tone = { $emotion ->
    [angry] angry
    [disgust] disgusted
    [fear] fearful
    [happy] happy
    [sad] sad
    [surprise] surprised
   *[neutral] matter-of-fact
}
face-of = { $count ->
    [one] The face
   *[other] The largest face
}
words-compared = the words, judged on the same emotions,
agree = { face-of } { $reading } and { words-compared } are { words-tone } ({ $share }): they agree (divergence { $divergence } of 1).
agree-in-part = { face-of } { $reading } and { words-compared } are { words-tone } ({ $share }): they agree in part (divergence { $divergence } of 1).
unclear = { face-of } { $reading } while { words-compared } are unclear, most likely { words-tone } ({ $share }) (divergence { $divergence } of 1).
differ = { face-of } { $reading } while { words-compared } are { words-tone } ({ $share }): they differ (divergence { $divergence } of 1).
conflict = { face-of } { $reading } while { words-compared } are { words-tone } ({ $share }), which often means irony or a mixed message (divergence { $divergence } of 1).

## Labels

emotion = { $emotion ->
    [angry] anger
    [disgust] disgust
    [fear] fear
    [happy] happiness
    [sad] sadness
    [surprise] surprise
   *[neutral] a neutral mood
}
sentiment = { $sentiment ->
    [negative] negative
    [positive] positive
   *[neutral] neutral
}
meme-emotion = { $emotion ->
    [happiness] happiness
    [love] love
    [anger] anger
    [sorrow] sorrow
    [fear] fear
    [hate] hate
   *[surprise] surprise
}
text-emotion = { $emotion ->
    [admiration] admiration
    [amusement] amusement
    [anger] anger
    [annoyance] annoyance
    [approval] approval
    [caring] caring
    [confusion] confusion
    [curiosity] curiosity
    [desire] desire
    [disappointment] disappointment
    [disapproval] disapproval
    [disgust] disgust
    [embarrassment] embarrassment
    [excitement] excitement
    [fear] fear
    [gratitude] gratitude
    [grief] grief
    [joy] joy
    [love] love
    [nervousness] nervousness
    [optimism] optimism
    [pride] pride
    [realization] realization
    [relief] relief
    [remorse] remorse
    [sadness] sadness
    [surprise] surprise
   *[neutral] a neutral tone
}
