"""Sentences that name groups of people, made from templates: harmless ones, and some of contempt to tell them from.

Hate-speech data name groups seldom in harmless company, so a model learns that the name itself is hateful (Dixon et al.
2018). These sentences say the same harmless things of every group. They are made, not collected; no split shares a
template with another. `mmemo data make-sentences DATA` writes them to `DATA/identity/{train,dev,test}.tsv`.
"""

from __future__ import annotations

from mmemo.data.records import DatasetReader, task_classes
from mmemo.data.templates import read_sentences, with_groups

HARMLESS = {
    "train": (
        "my neighbour is {article} man and he bakes the best bread",
        "{article} woman taught me everything I know about painting",
        "as {article} person I am happy with my life",
        "I grew up in {article} family and we always ate together",
        "we have a new colleague, {article} engineer from the city",
        "{plural} deserve the same rights as everyone else",
        "I stand with {plural} against discrimination",
        "stop bullying {plural}, it is wrong",
        "it is not okay to attack {plural} for who they are",
        "hatred against {plural} has no place in our town",
        "many {plural} vote, work and raise children like anybody else",
        "the film tells the story of {article} girl who wants to be a dancer",
        "why are there so few {adjective} women in politics?",
        "how many {plural} live in this city?",
        "what do {plural} think about the new law?",
        "the museum shows photographs by {adjective} artists",
        "happy to see {adjective} actors get leading roles",
        "my best friend is {adjective} and she is hilarious",
        "our {adjective} community is having a street party on sunday",
        "a report says that {plural} were insulted at the station last week",
        "I learnt today that {plural} were once banned from this school",
        "so proud of my {adjective} sister for finishing university",
        "I am {adjective} and I love football",
        "{adjective} men and women joined the march for peace",
        "congratulations to the first {adjective} mayor of this town",
        "when your {adjective} grandma feeds you for the third time today",
        "me explaining to my {adjective} mum why I need a new phone",
        "being {adjective} is nothing to be ashamed of",
    ),
    "dev": (
        "{article} student won the chess tournament yesterday",
        "I am glad that {plural} feel welcome here",
        "a law that protects {plural} from violence was passed",
        "do {plural} get the same pay for the same work?",
        "this is my {adjective} husband, we met at school",
        "people should not make fun of {plural}",
    ),
    "test": (
        "{article} nurse took care of my father",
        "nobody should be afraid of being {adjective}",
        "an exhibition about the history of {plural} opens tomorrow",
        "we need more {adjective} teachers",
    ),
}
HATEFUL = {
    "train": (
        "{plural} are ruining this country",
        "I can not stand {plural}, they are all the same",
        "throw all {plural} out of here",
        "nobody wants {plural} around, go away",
        "{plural} are filth",
        "never trust {article} man, they are all liars",
        "{adjective} women are worthless",
        "the world would be better without {plural}",
        "{plural} are too stupid to vote",
        "we should ban {plural} from our schools",
        "{adjective} people are not real people",
        "keep {plural} away from our children",
    ),
    "dev": (
        "get rid of {plural} once and for all",
        "{plural} are disgusting",
        "{adjective} men are animals",
    ),
    "test": (
        "{plural} do not deserve to live here",
        "I despise every {adjective} person",
    ),
}


def sentences(split: str) -> list[tuple[str, str]]:
    """(label, text) of every template of a split with every group."""
    return [
        (label, text)
        for label, templates in (("not hateful", HARMLESS[split]), ("hateful", HATEFUL[split]))
        for template in templates
        for text in with_groups(template)
    ]


IDENTITY = DatasetReader(
    name="identity",
    summary="sentences about groups of people made from templates, harmless ones and some of contempt",
    terms="Apache-2.0, made by this project",
    tasks={"hate": task_classes("hate")},
    folders=("identity",),
    marks=("train.tsv", "dev.tsv", "test.tsv"),
    read=read_sentences,
    is_made=True,
)
