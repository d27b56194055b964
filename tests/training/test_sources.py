"""Sources: what leaves training is counted in the log, and so is what the splits are."""

import shutil

import pytest
from PIL import Image

from mmemo.data import DataError
from mmemo.data.fer2013 import CSV_EMOTIONS, SIDE
from mmemo.training.recipes import load_recipe
from mmemo.training.sources import load_clean, load_source


def test_load_clean_logs_what_repeats(data_root, tmp_path, caplog):
    home = shutil.copytree(data_root / "hateful_memes", tmp_path / "hateful_memes")
    for name in ("train0", "train1", "train2"):
        shutil.copyfile(home / "img/dev0.png", home / f"img/{name}.png")
    shutil.copyfile(home / "img/train4.png", home / "img/train6.png")
    with caplog.at_level("INFO", "mmemo"):
        kept = load_clean("hateful_memes", tmp_path, "train")
    told = caplog.text
    assert f"hateful_memes: 3 of {len(kept) + 3} training items left out as copies" in told
    assert "(3 by picture, 0 by words; 1 with other labels than the copy)" in told
    assert "1 further training items repeat another training item (kept); 1 groups of equal items" in told


def test_class_folders_alone_can_be_learnt(tmp_path, caplog):
    for place, emotion in enumerate(CSV_EMOTIONS):
        for part, count in (("train", 60), ("test", 2)):
            folder = tmp_path / "fer2013" / part / emotion
            folder.mkdir(parents=True)
            for number in range(count):
                picture = Image.new("L", (SIDE, SIDE), 3 * number)
                picture.putpixel((place, len(part)), 255)
                picture.save(folder / f"{number}.png")
    recipe = load_recipe("resnet18_fer")
    with caplog.at_level("INFO", "mmemo"):
        train, dev = (load_source(recipe, recipe.sources[0], tmp_path, split) for split in ("train", "dev"))
    assert len(train.examples) + len(dev.examples) == 60 * len(CSV_EMOTIONS)
    assert "fer2013: without usage_and_ferplus_votes.csv or fer2013.csv, which tell PublicTest from" in caplog.text
    for path in (tmp_path / "fer2013/test/sad").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="test: expected pictures of the class 'sad', got none"):
        load_clean("fer2013", tmp_path, "train")
