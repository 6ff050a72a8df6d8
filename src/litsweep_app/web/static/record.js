// A record's page: sources light up beside their sentences, passages open over the page.
import { keepPlace, watchSources, watchTexts } from "./sources.js";

watchSources(document);
watchTexts(document);
keepPlace();
