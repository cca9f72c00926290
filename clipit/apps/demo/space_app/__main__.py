"""The app of a Space: Gradio shows what ``clipit.apps.demo.space`` computes, and computes nothing itself.

`clipit demo RUN FOLDER --space` copies this file into the folder as app.py: change there what you like, and start it
with `python app.py`. It is called __main__.py here because nothing imports it, so that clipit needs no Gradio.
"""

from pathlib import Path

import gradio as gr

from clipit.apps.demo.heat import draw_heat
from clipit.apps.demo.space import Space, ask_count, ask_labels, glossed, locate, open_space, search
from clipit.inputs import open_images

HEAD = """# {model}: pictures and words

A CLIP turns pictures and sentences into vectors; what belongs together points the same way. Search with words, ask
about a picture, and see where it errs. The model runs on a server: what you type or upload is sent there.
"""
LIMITS = """The model knows only what its training pictures showed, in the words of their captions. For anything else it
still answers, and is wrong. A share is no probability of being right: it only compares the labels that were given.
Counting, and which thing has which colour, is what models of this kind do worst."""
OPENMOJI = "Emoji by [OpenMoji](https://openmoji.org), CC BY-SA 4.0."
MAP = """A grey window covers part after part of the picture. Where the similarity to the words falls most, there it is:
from dark blue, where covering changes nothing, to yellow, where it costs most."""
CHOSEN = """## Right and wrong, chosen by a rule

Each caption of the gallery was once a query. For {first} of {queries} the picture that it belongs to came first. Below
are those with the largest margin over the best wrong one, and those that placed their picture lowest."""
COUNT = "Six sentences that differ only in the number, and the share that a softmax gives to each."


def pixels_of(picture):
    """A picture as the library wants it: turned as the camera says, and white where it is transparent."""
    if picture is None:
        raise ValueError("Choose a picture first.")
    return open_images([picture])[0]


def listed(*lines):
    """Sentences below each other."""
    return "\n\n".join(line for line in lines if line)


def search_tab(space: Space):
    """Words to pictures. Returns the query, the gallery and the rows that it shows."""
    facts = space.facts
    first = facts["examples"][0][0] if facts["examples"] else ""
    query = gr.Textbox(first, label="What shall be on the picture?", max_length=1_000)
    button = gr.Button("Search", variant="primary")
    said, rows = gr.Markdown(), gr.State([])
    shown = gr.Gallery(label="The most similar pictures; click one to ask about it", columns=4, allow_preview=False)

    def find(text):
        try:
            found = search(space, text)
        except (
            ValueError
        ) as wrong:  # an empty query, or no word that the model knows: said where the answer would stand
            return [], str(wrong), []
        pictures = list(zip(map(str, map(space.file, found.rows)), found.captions(space), strict=True))
        return pictures, listed(*found.notes, "The number is the cosine similarity, at most 1."), found.rows

    for event in (query.submit, button.click):
        event(find, query, [shown, said, rows], api_name="search")
    if facts["examples"]:
        labels = [glossed(text, gloss) for text, gloss in facts["examples"]]
        texts = [[text] for text, _ in facts["examples"]]
        gr.Examples(texts, query, [shown, said, rows], find, example_labels=labels, run_on_click=True)
    return find, query, [shown, said, rows]


def labels_part(space: Space, picture):
    """A picture to words."""
    labels = gr.Textbox("\n".join(space.facts["labels"]), label="Labels, one on a line", lines=6)
    template = gr.Textbox(
        label="A sentence around each, with {} for it (or nothing)", placeholder=space.facts["template"]
    )
    button, shares, said = gr.Button("Which words fit?", variant="primary"), gr.Label(label="Shares"), gr.Markdown()

    def ask(image, lines, around):
        try:
            answer = ask_labels(space, pixels_of(image), lines, around)
        except ValueError as wrong:
            return None, str(wrong)
        return answer.by_label(), listed(answer.explained(space.facts["logit_scale"]), *answer.notes)

    button.click(ask, [picture, labels, template], [shares, said], api_name="labels")


def where_part(space: Space, picture):
    """Where in the picture something is."""
    text, button = gr.Textbox(label="What to look for in the picture", max_length=1_000), gr.Button("Where is it?")
    heat, said = gr.Image(label="The map", interactive=False), gr.Markdown(MAP)

    def find(image, words):
        try:
            found = locate(space, pixels_of(image), words)
        except ValueError as wrong:
            return None, str(wrong)
        return draw_heat(found.pixels, found.heat), listed(found.told(), MAP)

    for event in (text.submit, button.click):
        event(find, [picture, text], [heat, said], api_name="where")


def count_part(space: Space, picture):
    """How many there are, one to six."""
    choices = [(glossed(one["name"], one["gloss"]), place) for place, one in enumerate(space.facts["things"])]
    thing, button = gr.Dropdown(choices, value=0, label="Of what"), gr.Button("How many?")
    shares, said = gr.Label(label="Shares"), gr.Markdown(COUNT)

    def ask(image, place):
        try:
            answer = ask_count(space, pixels_of(image), place)
        except ValueError as wrong:
            return None, str(wrong)
        return answer.by_label(), listed(COUNT, *answer.notes)

    button.click(ask, [picture, thing], [shares, said], api_name="count")


def picture_tab(space: Space):
    """A picture of the gallery or of the visitor, and what can be asked about it."""
    with gr.Row():
        with gr.Column():
            # A path, not an array: Gradio would decode the picture without turning it as the camera says.
            picture = gr.Image(
                str(space.file(0)), type="filepath", label="One of yours, or click one above", height=300
            )
        with gr.Column(scale=2), gr.Tabs():
            with gr.Tab("Which words fit?"):
                labels_part(space, picture)
            with gr.Tab("Where is it?"):
                where_part(space, picture)
            if space.facts["things"]:  # of somebody's own captions nobody knows the plurals
                with gr.Tab("How many?"):
                    count_part(space, picture)
    return picture


def chosen_part(space: Space):
    """Successes and failures that a rule chose."""
    chosen = space.facts["chosen"]
    gr.Markdown(CHOSEN.format_map(chosen))
    with gr.Row():
        for name in ("successes", "failures"):
            pictures = [
                (str(space.file(one["picture"])), f"place {one['rank']} · {space.caption(one['picture'])}")
                for one in chosen[name]
            ]
            gr.Gallery(pictures, label=name, columns=3, height=420, interactive=False)


def make_app(space: Space) -> gr.Blocks:
    """The whole page."""

    def choose(rows, event: gr.SelectData):
        return str(space.file(rows[event.index]))

    with gr.Blocks(title="Pictures and words", analytics_enabled=False) as app:
        gr.Markdown(HEAD.format(model=space.facts["model"]))
        gr.Markdown("## Words to pictures")
        find, query, results = search_tab(space)
        gr.Markdown("## A picture to words")
        picture = picture_tab(space)
        if space.facts["chosen"]:  # of photographs without captions nobody knows what is true
            chosen_part(space)
        gr.Markdown(listed("## Limits", LIMITS, OPENMOJI if space.facts["drawn"] else ""))
        results[0].select(choose, results[2], picture, api_visibility="private")
        app.load(find, query, results, api_visibility="private")  # the first example is answered before anybody asks
    return app


if __name__ == "__main__":
    opened = open_space(Path(__file__).parent)
    # Gradio shows only files that it was told it may: here the gallery, and not the whole folder.
    make_app(opened).launch(allowed_paths=[str(opened.folder / "pictures")])
