package graph

// finnish is what the sign-in pages say, by the English. Refusals of a request that a program has made wrongly are for its maker, and in
// English only.
var finnish = map[string]string{
	"Sign in (stand-in for Microsoft)":                        "Kirjaudu sisään (Microsoftin sijainen)",
	"Stand-in for Microsoft's sign-in. Nothing here is real.": "Microsoftin kirjautumisen sijainen. Mikään täällä ei ole totta.",
	"Sign in":               "Kirjaudu sisään",
	"to continue to %s":     "ja jatka sovellukseen %s",
	"Email":                 "Sähköposti",
	"Password":              "Salasana",
	"Cancel":                "Peruuta",
	"Accept":                "Hyväksy",
	"Continue":              "Jatka",
	"Back to %s":            "Takaisin sovellukseen %s",
	"%s would like to:":     "%s haluaa:",
	"Permissions requested": "Pyydetyt käyttöoikeudet",
	"Permissions requested for your organization":                                        "Organisaatiollesi pyydetyt käyttöoikeudet",
	"%s would like to, for everybody in the organization:":                               "%s haluaa organisaation kaikkien käyttäjien osalta:",
	"Need admin approval":                                                                "Tarvitaan järjestelmänvalvojan hyväksyntä",
	"%s needs permission that only an admin can grant. Please ask an admin to grant it.": "%s tarvitsee luvan, jonka vain järjestelmänvalvoja voi antaa. Pyydä sitä häneltä.",
	"Return to the application without granting consent":                                 "Palaa sovellukseen antamatta lupaa",
	"Sorry, but we’re having trouble signing you in.":                                    "Sisäänkirjautumisessasi on valitettavasti ongelmia.",
	"You cannot access this right now":                                                   "Et voi käyttää tätä juuri nyt",
	"%s was approved for your organization. You can close this page.":                    "%s on hyväksytty organisaatiossasi. Voit sulkea tämän sivun.",
	"Nothing was approved. You can close this page.":                                     "Mitään ei hyväksytty. Voit sulkea tämän sivun.",

	"Have full access to your calendars":                  "Käyttää kalentereitasi täysin oikeuksin",
	"Read your calendars":                                 "Lukea kalentereitasi",
	"Sign you in and read your profile":                   "Kirjata sinut sisään ja lukea profiilisi",
	"Maintain access to data you have given it access to": "Säilyttää oikeuden tietoihin, joihin olet antanut sille oikeuden",
	"View your basic profile":                             "Nähdä perusprofiilisi",
	"View your email address":                             "Nähdä sähköpostiosoitteesi",

	"Your account or password is incorrect.":                                                                              "Tilisi tai salasanasi on väärä.",
	"This account is no administrator.":                                                                                   "Tämä tili ei ole järjestelmänvalvojan.",
	"An administrator must grant this application access.":                                                                "Järjestelmänvalvojan on annettava tälle sovellukselle käyttöoikeus.",
	"The policy of this tenant does not let people grant this application access.":                                        "Tämän organisaation käytäntö ei anna käyttäjien sallia tätä sovellusta.",
	"An administrator must grant this application access: it may be risky, or its publisher is not verified.":             "Järjestelmänvalvojan on annettava tälle sovellukselle käyttöoikeus: se voi olla riski, tai sen julkaisijaa ei ole vahvistettu.",
	"Your administrator has configured the application to block users unless they are specifically granted access to it.": "Järjestelmänvalvoja on määrännyt, että sovellusta saavat käyttää vain ne, joille se on erikseen sallittu.",
	"Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.":            "Ehdollisen käyttöoikeuden käytännöt estävät käytön.",
}
