"""The fields of a record, each from the forms that PubMed really uses."""

from collections.abc import Callable
from datetime import date

import pytest

from litsweep.domain.records import (
    AbstractPart,
    BookSection,
    Correction,
    DataBankAccession,
    GeneralNote,
    Grant,
    HistoryDate,
    Keyword,
    MeshQualifier,
    OtherAbstract,
    PublicationType,
    Record,
    Reference,
    SupplementaryConcept,
)
from litsweep.parsing.pubmed import parse_record_set

Article = Callable[..., str]
Read = Callable[..., Record]


@pytest.fixture
def read(article: Article, record_set: Callable[..., bytes]) -> Read:
    def read_one(**parts: str) -> Record:
        (fetched,) = parse_record_set(record_set(article(**parts))).records
        return fetched.record

    return read_one


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("p &lt; 0.05 &amp; n&#8239;=&#8201;3&#160;mL", "p < 0.05 & n = 3 mL"),
        ("H<sub>2</sub>O, 10<sup>-3</sup>, <i>E. <b>coli</b></i> K12", "H2O, 10-3, E. coli K12"),
        ("escaped &amp;lt;i&amp;gt; twice", "escaped &lt;i&gt; twice"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("cafe&#769; \n\t and  β", "café and β"),
        (
            'a <m:math xmlns:m="urn:m"><m:mfrac><m:mn>1</m:mn><m:mn>2</m:mn></m:mfrac>\n'
            " <m:mo>=</m:mo><m:msqrt><m:mi>x</m:mi></m:msqrt></m:math> b",
            "a 1/2=√(x) b",
        ),
        ('<m:math xmlns:m="urn:m" alttext="x^2"/>', "x^2"),
    ],
)
def test_text_is_exact(markup: str, text: str, read: Read) -> None:
    assert read(inside=f"<ArticleTitle>{markup}</ArticleTitle>").title == text


def test_a_bare_record_has_empty_fields(read: Read) -> None:
    record = read()
    assert (record.title, record.abstract, record.authors, record.languages) == ("", (), (), ())
    assert (record.doi, record.pmcid, record.created_on, record.revised_on) == (None,) * 4
    assert record.is_author_list_complete
    assert record.publication_date.sortable is None


def test_abstract_parts_keep_label_category_and_text(read: Read) -> None:
    record = read(
        inside="<Abstract>"
        '<AbstractText Label="AIM" NlmCategory="OBJECTIVE">To <i>see</i>.</AbstractText>'
        '<AbstractText Label="UNLABELLED" NlmCategory="UNLABELLED">More.</AbstractText>'
        "<AbstractText/><CopyrightInformation>© Nobody</CopyrightInformation></Abstract>",
        citation='<OtherAbstract Type="Publisher" Language="fre">'
        '<AbstractText Label="BUT">Voir.</AbstractText><AbstractText>Fin.</AbstractText>'
        "</OtherAbstract>",
    )
    assert record.abstract == (
        AbstractPart(label="AIM", nlm_category="OBJECTIVE", text="To see."),
        AbstractPart(label=None, nlm_category="UNLABELLED", text="More."),
    )
    assert record.abstract_text == "AIM: To see.\nMore."
    assert record.copyright_information == "© Nobody"
    assert record.other_abstracts == (
        OtherAbstract(kind="Publisher", language="fre", text="BUT: Voir.\nFin."),
    )


def test_ids_are_the_record_s_own(read: Read) -> None:
    record = read(
        inside='<ELocationID EIdType="doi" ValidYN="N">10.9999/wrong</ELocationID>'
        '<ELocationID EIdType="doi" ValidYN="Y">10.9999/Right.1</ELocationID>'
        '<ELocationID EIdType="pii">e77</ELocationID>',
        data="<ArticleIdList>"
        '<ArticleId IdType="pubmed">901</ArticleId><ArticleId IdType="pmc">PMC55</ArticleId>'
        '<ArticleId IdType="doi">10.9999/right.1</ArticleId></ArticleIdList>'
        "<ReferenceList><Title>A</Title><Reference><Citation>One</Citation><ArticleIdList>"
        '<ArticleId IdType="doi">10.9999/cited</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId>'
        "</ArticleIdList></Reference><ReferenceList><Reference/><Reference/></ReferenceList>"
        "</ReferenceList>",
    )
    assert (record.doi, record.pmcid) == ("10.9999/right.1", "PMC55")
    assert record.other_ids == (("pii", "e77"),)
    assert record.n_references == 3


def test_ids_of_cited_works_are_never_taken(read: Read) -> None:
    record = read(
        data="<ReferenceList><Reference><ArticleIdList>"
        '<ArticleId IdType="doi">10.9999/cited</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId>'
        "</ArticleIdList></Reference></ReferenceList>"
    )
    assert (record.doi, record.pmcid, record.other_ids) == (None, None, ())


def test_an_old_doi_with_angle_brackets_survives(read: Read) -> None:
    doi = "10.9999/(sici)1-2(19980815)17:15&lt;1661::aid-x&gt;3.0.co;2-2"
    data = f'<ArticleIdList><ArticleId IdType="doi">{doi.upper()}</ArticleId></ArticleIdList>'
    record = read(data=data.replace("&LT;", "&lt;").replace("&GT;", "&gt;"))
    assert record.doi == "10.9999/(sici)1-2(19980815)17:15<1661::aid-x>3.0.co;2-2"


def test_dates_of_the_record(read: Read) -> None:
    record = read(
        inside="<Journal><JournalIssue><PubDate><MedlineDate>2001 Mar-Jun</MedlineDate></PubDate>"
        "</JournalIssue></Journal>",
        citation="<DateCompleted><Year>2002</Year><Month>12</Month><Day>31</Day></DateCompleted>"
        "<DateRevised><Year>2024</Year><Month>02</Month><Day>30</Day></DateRevised>",
        data='<History><PubMedPubDate PubStatus="pubmed"><Year>2001</Year><Month>1</Month>'
        '<Day>1</Day></PubMedPubDate><PubMedPubDate PubStatus="entrez"><Year>2001</Year>'
        "<Month>3</Month><Day>9</Day><Hour>6</Hour><Minute>0</Minute></PubMedPubDate></History>"
        "<PublicationStatus>ppublish</PublicationStatus>",
    )
    assert record.created_on == date(2001, 3, 9)
    assert record.history == (
        HistoryDate(status="pubmed", on=date(2001, 1, 1), text="2001 1 1"),
        HistoryDate(status="entrez", on=date(2001, 3, 9), text="2001 3 9 6:00"),
    )
    assert record.revised_on is None
    assert record.completed_on == date(2002, 12, 31)
    assert record.publication_date.text == "2001 Mar-Jun"
    assert record.publication_stage == "ppublish"


def test_the_electronic_date_stands_in_for_a_missing_one(read: Read) -> None:
    record = read(
        inside="<Journal><JournalIssue><PubDate><MedlineDate/></PubDate></JournalIssue></Journal>"
        '<ArticleDate DateType="Electronic"><Year>2020</Year><Month>05</Month><Day>04</Day>'
        "</ArticleDate>"
    )
    assert record.publication_date.sortable == date(2020, 5, 4)
    assert record.electronic_dates == (record.publication_date,)


def test_indexing_fields(read: Read) -> None:
    record = read(
        inside="<Language>eng</Language><Language>fre</Language>"
        '<PublicationTypeList><PublicationType UI="D016440">Retraction Notice</PublicationType>'
        "<PublicationType>Review</PublicationType></PublicationTypeList>"
        "<GrantList><Grant><GrantID>G1</GrantID><Agency>Nobody</Agency></Grant>"
        "<Grant><GrantID>G1</GrantID><Agency>Nobody</Agency></Grant></GrantList>"
        "<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName>"
        "<AccessionNumberList><AccessionNumber>NCT00000000</AccessionNumber>"
        "<AccessionNumber>NCT00000001</AccessionNumber></AccessionNumberList></DataBank>"
        "<DataBank><DataBankName>GEO</DataBankName></DataBank></DataBankList>",
        citation="<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber>"
        '<NameOfSubstance UI="C1">Nonesuchin</NameOfSubstance></Chemical></ChemicalList>'
        '<MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Mice'
        '</DescriptorName><QualifierName UI="Q1" MajorTopicYN="Y">genetics</QualifierName>'
        "</MeshHeading></MeshHeadingList>"
        '<KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">TGF-<i>β</i></Keyword>'
        "<Keyword/></KeywordList><CoiStatement>None.</CoiStatement>",
    )
    assert record.languages == ("eng", "fre")
    assert record.publication_types == (
        PublicationType(name="Retraction Notice", ui="D016440"),
        PublicationType(name="Review", ui=None),
    )
    assert record.grants == (Grant(grant_number="G1", acronym=None, agency="Nobody", country=None),)
    assert record.data_banks == (
        DataBankAccession(data_bank="ClinicalTrials.gov", accession="NCT00000000"),
        DataBankAccession(data_bank="ClinicalTrials.gov", accession="NCT00000001"),
    )
    assert [chemical.name for chemical in record.chemicals] == ["Nonesuchin"]
    (heading,) = record.mesh_headings
    assert (heading.name, heading.is_major) == ("Mice", False)
    assert heading.qualifiers == (MeshQualifier(name="genetics", ui="Q1", is_major=True),)
    assert record.keywords == (Keyword(text="TGF-β", owner="NOTNLM", is_major=False),)
    assert record.conflict_of_interest == "None."


def test_corrections_are_kept_and_old_citations_counted(read: Read) -> None:
    record = read(
        citation="<CommentsCorrectionsList>"
        '<CommentsCorrections RefType="RetractionIn"><RefSource>J Nowhere. 2024</RefSource>'
        "<PMID>902</PMID><Note>why</Note></CommentsCorrections>"
        '<CommentsCorrections RefType="UpdateOf">'
        "<RefSource>prePrint. doi: 10.9999/2024.01.02.X.</RefSource>"
        "</CommentsCorrections>"
        '<CommentsCorrections RefType="Cites"><RefSource>J Old &amp; Co. 1999</RefSource>'
        "<PMID>903</PMID></CommentsCorrections>"
        "</CommentsCorrectionsList>"
    )
    assert record.corrections == (
        Correction(ref_type="RetractionIn", ref_source="J Nowhere. 2024", pmid=902, note="why"),
        Correction(
            ref_type="UpdateOf",
            ref_source="prePrint. doi: 10.9999/2024.01.02.X.",
            pmid=None,
            note=None,
            doi="10.9999/2024.01.02.x",
        ),
    )
    assert record.n_references == 1
    assert record.references == (
        Reference(citation="J Old & Co. 1999", pmid=903, doi=None, pmcid=None),
    )


def test_journal_and_pages(read: Read) -> None:
    record = read(
        inside="<Journal><ISSN IssnType='Print'>0000-0000</ISSN><JournalIssue><Volume>3</Volume>"
        "<Issue>1-2</Issue></JournalIssue><Title>Journal of Nothing</Title>"
        "<ISOAbbreviation>J. Noth.</ISOAbbreviation></Journal>"
        "<Pagination><StartPage>1</StartPage><EndPage>9</EndPage></Pagination>",
        citation="<MedlineJournalInfo><MedlineTA>J Noth</MedlineTA><NlmUniqueID>99R</NlmUniqueID>"
        "<ISSNLinking>0000-0001</ISSNLinking></MedlineJournalInfo>",
    )
    journal = record.journal
    assert (journal.title, journal.iso_abbreviation) == ("Journal of Nothing", "J. Noth.")
    assert (journal.medline_abbreviation, journal.nlm_unique_id) == ("J Noth", "99R")
    assert (journal.issn, journal.issn_linking) == ("0000-0000", "0000-0001")
    assert (journal.volume, journal.issue, journal.pages) == ("3", "1-2", "1-9")


def test_references_keep_the_ids_of_the_works_cited(read: Read) -> None:
    record = read(
        data="<ReferenceList><Title>References</Title>"
        "<Reference><Citation>A &amp; B&#x2013;C. &#xa0;1999</Citation><ArticleIdList>"
        '<ArticleId IdType="doi">10.9999/Cited</ArticleId>'
        '<ArticleId IdType="pmc">PMC12</ArticleId><ArticleId IdType="pubmed">7</ArticleId>'
        "</ArticleIdList></Reference>"
        "<Reference><Citation>On H<sub>2</sub>O</Citation><ArticleIdList>"
        '<ArticleId IdType="pubmed">0</ArticleId><ArticleId IdType="doi">no doi</ArticleId>'
        "</ArticleIdList></Reference></ReferenceList>"
        "<ReferenceList><ReferenceList><Reference><Citation>Nested</Citation></Reference>"
        "</ReferenceList></ReferenceList>"
    )
    assert record.references == (
        Reference(citation="A & B–C. 1999", pmid=7, doi="10.9999/cited", pmcid="PMC12"),
        Reference(citation="On H2O", pmid=None, doi=None, pmcid=None),
        Reference(citation="Nested", pmid=None, doi=None, pmcid=None),
    )
    assert (record.doi, record.pmcid, record.n_references) == (None, None, 3)


def test_fields_of_other_indexers(read: Read) -> None:
    record = read(
        citation='<SupplMeshList><SupplMeshName Type="Disease" UI="C1">Nonesuch</SupplMeshName>'
        "</SupplMeshList><CitationSubset>IM</CitationSubset><CitationSubset>S</CitationSubset>"
        "<GeneSymbolList><GeneSymbol>hemE</GeneSymbol></GeneSymbolList>"
        "<PersonalNameSubjectList><PersonalNameSubject><LastName>Nemo</LastName>"
        "<Initials>A</Initials></PersonalNameSubject></PersonalNameSubjectList>"
        '<OtherID Source="NLM">NIHMS1</OtherID>'
        "<SpaceFlightMission>Mir Project</SpaceFlightMission>"
        '<GeneralNote Owner="KIE">14 fn.</GeneralNote>'
    )
    assert record.supplementary_concepts == (
        SupplementaryConcept(name="Nonesuch", ui="C1", kind="Disease"),
    )
    assert (record.citation_subsets, record.gene_symbols) == (("IM", "S"), ("hemE",))
    assert [person.name for person in record.person_subjects] == ["Nemo A"]
    assert record.source_ids == (("NLM", "NIHMS1"),)
    assert record.space_flight_missions == ("Mir Project",)
    assert record.general_notes == (GeneralNote(owner="KIE", text="14 fn."),)
    assert record.owner == "NLM"


def test_attributes_of_the_citation(article: Article, record_set: Callable[..., bytes]) -> None:
    xml = record_set(
        article(
            inside='<Journal><ISSN IssnType="Print">0000-0000</ISSN>'
            '<JournalIssue CitedMedium="Internet"/></Journal>',
            citation="<MedlineJournalInfo><Country>Nowhere</Country></MedlineJournalInfo>"
            '<MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="N" AutoHM="Y"'
            ' Type="Geographic">Utopia</DescriptorName></MeshHeading></MeshHeadingList>',
        )
    )
    xml = xml.replace(b"<Article>", b'<Article PubModel="Print-Electronic">')
    xml = xml.replace(b'Status="MEDLINE"', b'Status="MEDLINE" IndexingMethod="Curated"')
    record = parse_record_set(xml).records[0].record
    assert (record.publication_model, record.indexing_method) == ("Print-Electronic", "Curated")
    assert (record.journal.issn_type, record.journal.cited_medium) == ("Print", "Internet")
    assert record.journal.country == "Nowhere"
    (heading,) = record.mesh_headings
    assert (heading.kind, heading.is_automatic) == ("Geographic", True)


def test_trial_numbers_come_from_the_data_banks_and_the_abstract(read: Read) -> None:
    record = read(
        inside="<Abstract><AbstractText>See NCT00000002, NCT00000001, NCT1.</AbstractText>"
        "</Abstract><DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName>"
        "<AccessionNumberList><AccessionNumber>NCT00000001</AccessionNumber>"
        "</AccessionNumberList></DataBank></DataBankList>"
    )
    assert record.nct_numbers == ("NCT00000001", "NCT00000002")


def test_unknown_elements_are_counted(article: Article, record_set: Callable[..., bytes]) -> None:
    known = article(
        901,
        "<ArticleTitle>Any <new>markup</new> is text</ArticleTitle>",
        "<NumberOfReferences>9</NumberOfReferences>",
        "<ObjectList><Object Type='x'><Param Name='y'>z</Param></Object></ObjectList>",
    )
    new = article(
        902,
        "<NewThing/>",
        "<NewThing><Sub/></NewThing><NewThing/><KeywordList><Phrase/></KeywordList>",
        "<History><Event/></History><ReferenceList><Reference><Rank/></Reference></ReferenceList>",
    )
    first, second = parse_record_set(record_set(known, new)).records
    assert first.unknown_elements == ()
    assert second.unknown_elements == (
        ("Article/NewThing", 1),
        ("History/Event", 1),
        ("KeywordList/Phrase", 1),
        ("MedlineCitation/NewThing", 2),
        ("Reference/Rank", 1),
    )
    assert second.record.n_references == 1


def test_a_book_chapter(record_set: Callable[..., bytes]) -> None:
    book = (
        "<Book><Publisher><PublisherName>Nobody</PublisherName><PublisherLocation>Kiel"
        "</PublisherLocation></Publisher><BookTitle>Imaginary Medicine</BookTitle>"
        "<PubDate><Year>1999</Year></PubDate><BeginningDate><Year>1993</Year></BeginningDate>"
        '<AuthorList Type="editors"><Author><LastName>Ed</LastName></Author></AuthorList>'
        "<CollectionTitle>Fictions</CollectionTitle><Isbn>9780000000000</Isbn></Book>"
    )
    chapter = (
        "<PubmedBookArticle><BookDocument><PMID Version='2'>906</PMID><ArticleIdList>"
        '<ArticleId IdType="bookaccession">NBK0</ArticleId></ArticleIdList>'
        f"{book}<LocationLabel Type='chapter'>Chapter 3</LocationLabel>"
        "<ArticleTitle book='b'>Chapter</ArticleTitle><Language>eng</Language>"
        '<AuthorList Type="authors"><Author><LastName>Writer</LastName></Author></AuthorList>'
        "<Abstract><AbstractText>Text.</AbstractText></Abstract>"
        "<Sections><Section><LocationLabel>1</LocationLabel><SectionTitle>Aim</SectionTitle>"
        "<Section><SectionTitle>More</SectionTitle></Section></Section></Sections>"
        "<ContributionDate><Year>2001</Year><Month>Jan</Month><Day>02</Day></ContributionDate>"
        '<ItemList ListType="Synonyms"><Item>Fancy</Item></ItemList>'
        "<ReferenceList><Reference/></ReferenceList></BookDocument>"
        "<PubmedBookData><History><PubMedPubDate PubStatus='entrez'><Year>2001</Year>"
        "<Month>1</Month><Day>3</Day></PubMedPubDate></History></PubmedBookData>"
        "</PubmedBookArticle>"
    )
    whole = f"<BookDocument><PMID>907</PMID>{book}</BookDocument>"
    first, second = parse_record_set(record_set(chapter, whole)).records
    record = first.record
    assert (record.pmid, record.pmid_version, record.is_book) == (906, 2, True)
    assert (record.title, record.journal.title) == ("Chapter", "Imaginary Medicine")
    assert record.publication_date.sortable == date(2001, 1, 2)
    assert record.created_on == date(2001, 1, 3)
    assert [author.name for author in record.authors] == ["Writer"]
    assert record.other_ids == (("bookaccession", "NBK0"), ("isbn", "9780000000000"))
    assert record.n_references == 1
    assert second.record.title == "Imaginary Medicine"
    assert second.record.publication_date.sortable == date(1999, 1, 1)
    assert [author.name for author in second.record.authors] == ["Ed"]
    assert first.unknown_elements == second.unknown_elements == ()
    details = record.book
    assert details is not None
    assert (details.publisher, details.publisher_location) == ("Nobody", "Kiel")
    assert (details.published.text, details.ends) == ("1999", None)
    assert details.begins is not None
    assert details.begins.sortable == date(1993, 1, 1)
    assert [editor.name for editor in details.editors] == ["Ed"]
    assert (details.collection_title, details.items) == ("Fictions", (("Synonyms", "Fancy"),))
    assert details.location == (("chapter", "Chapter 3"),)
    assert details.sections == (
        BookSection(depth=0, label="1", title="Aim"),
        BookSection(depth=1, label=None, title="More"),
    )
