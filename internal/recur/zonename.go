package recur

// windowsNames is what Windows in English shows for a zone, without the offset in front, today and in older versions. A
// line per zone id; clients that make a TZID of the displayed name need it. The list of today is at
// https://learn.microsoft.com/windows-hardware/manufacture/desktop/default-time-zones.
const windowsNames = `
AUS Central Standard Time=Darwin
AUS Eastern Standard Time=Canberra, Melbourne, Sydney
Afghanistan Standard Time=Kabul
Alaskan Standard Time=Alaska
Aleutian Standard Time=Aleutian Islands
Altai Standard Time=Barnaul, Gorno-Altaysk
Arab Standard Time=Kuwait, Riyadh
Arabian Standard Time=Abu Dhabi, Muscat
Arabic Standard Time=Baghdad
Argentina Standard Time=City of Buenos Aires|Buenos Aires
Astrakhan Standard Time=Astrakhan, Ulyanovsk
Atlantic Standard Time=Atlantic Time (Canada)
Aus Central W. Standard Time=Eucla
Azerbaijan Standard Time=Baku
Azores Standard Time=Azores
Bahia Standard Time=Salvador
Bangladesh Standard Time=Dhaka
Belarus Standard Time=Minsk
Bougainville Standard Time=Bougainville Island
Canada Central Standard Time=Saskatchewan
Cape Verde Standard Time=Cabo Verde Is.|Cape Verde Is.
Caucasus Standard Time=Yerevan
Cen. Australia Standard Time=Adelaide
Central America Standard Time=Central America
Central Asia Standard Time=Bishkek|Astana, Dhaka|Nur-Sultan
Central Brazilian Standard Time=Cuiaba
Central Europe Standard Time=Belgrade, Bratislava, Budapest, Ljubljana, Prague
Central European Standard Time=Sarajevo, Skopje, Warsaw, Zagreb|Sarajevo, Skopje, Sofija, Vilnius, Warsaw, Zagreb
Central Pacific Standard Time=Solomon Is., New Caledonia|Magadan, Solomon Is., New Caledonia
Central Standard Time=Central Time (US & Canada)
Central Standard Time (Mexico)=Guadalajara, Mexico City, Monterrey|Mexico City, Tegucigalpa
Chatham Islands Standard Time=Chatham Islands
China Standard Time=Beijing, Chongqing, Hong Kong, Urumqi|Beijing, Chongqing, Hong Kong SAR, Urumqi
Cuba Standard Time=Havana
Dateline Standard Time=International Date Line West
E. Africa Standard Time=Nairobi
E. Australia Standard Time=Brisbane
E. Europe Standard Time=Chisinau
E. South America Standard Time=Brasilia
Easter Island Standard Time=Easter Island
Eastern Standard Time=Eastern Time (US & Canada)
Eastern Standard Time (Mexico)=Chetumal
Egypt Standard Time=Cairo
Ekaterinburg Standard Time=Ekaterinburg
FLE Standard Time=Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius|Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius|Helsinki, Riga, Tallinn
Fiji Standard Time=Fiji|Fiji, Kamchatka, Marshall Is.
GMT Standard Time=Dublin, Edinburgh, Lisbon, London|Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London|Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London
GTB Standard Time=Athens, Bucharest|Athens, Bucharest, Istanbul|Athens, Istanbul, Minsk
Georgian Standard Time=Tbilisi
Greenland Standard Time=Greenland
Greenwich Standard Time=Monrovia, Reykjavik|Casablanca, Monrovia, Reykjavik
Haiti Standard Time=Haiti
Hawaiian Standard Time=Hawaii
India Standard Time=Chennai, Kolkata, Mumbai, New Delhi|Calcutta, Chennai, Mumbai, New Delhi|Kolkata, Chennai, Mumbai, New Delhi
Iran Standard Time=Tehran
Israel Standard Time=Jerusalem
Jordan Standard Time=Amman
Kaliningrad Standard Time=Kaliningrad
Korea Standard Time=Seoul
Libya Standard Time=Tripoli
Line Islands Standard Time=Kiritimati Island
Lord Howe Standard Time=Lord Howe Island
Magadan Standard Time=Magadan
Magallanes Standard Time=Punta Arenas
Marquesas Standard Time=Marquesas Islands
Mauritius Standard Time=Port Louis
Middle East Standard Time=Beirut
Montevideo Standard Time=Montevideo
Morocco Standard Time=Casablanca
Mountain Standard Time=Mountain Time (US & Canada)
Mountain Standard Time (Mexico)=La Paz, Mazatlan|Chihuahua, La Paz, Mazatlan|Mazatlan
Myanmar Standard Time=Yangon (Rangoon)|Rangoon
N. Central Asia Standard Time=Novosibirsk|Almaty, Novosibirsk
Namibia Standard Time=Windhoek
Nepal Standard Time=Kathmandu
New Zealand Standard Time=Auckland, Wellington
Newfoundland Standard Time=Newfoundland
Norfolk Standard Time=Norfolk Island
North Asia East Standard Time=Irkutsk|Irkutsk, Ulaan Bataar
North Asia Standard Time=Krasnoyarsk
North Korea Standard Time=Pyongyang
Omsk Standard Time=Omsk
Pacific SA Standard Time=Santiago
Pacific Standard Time=Pacific Time (US & Canada)|Pacific Time (US & Canada); Tijuana
Pacific Standard Time (Mexico)=Baja California|Tijuana, Baja California
Pakistan Standard Time=Islamabad, Karachi
Paraguay Standard Time=Asuncion
Qyzylorda Standard Time=Qyzylorda
Romance Standard Time=Brussels, Copenhagen, Madrid, Paris
Russia Time Zone 10=Chokurdakh
Russia Time Zone 11=Anadyr, Petropavlovsk-Kamchatsky
Russia Time Zone 3=Izhevsk, Samara
Russian Standard Time=Moscow, St. Petersburg|Moscow, St. Petersburg, Volgograd
SA Eastern Standard Time=Cayenne, Fortaleza
SA Pacific Standard Time=Bogota, Lima, Quito, Rio Branco|Bogota, Lima, Quito
SA Western Standard Time=Georgetown, La Paz, Manaus, San Juan|Caracas, La Paz
SE Asia Standard Time=Bangkok, Hanoi, Jakarta
Saint Pierre Standard Time=Saint Pierre and Miquelon
Sakhalin Standard Time=Sakhalin
Samoa Standard Time=Samoa
Sao Tome Standard Time=Sao Tome
Saratov Standard Time=Saratov
Singapore Standard Time=Kuala Lumpur, Singapore
South Africa Standard Time=Harare, Pretoria
South Sudan Standard Time=Juba
Sri Lanka Standard Time=Sri Jayawardenepura
Sudan Standard Time=Khartoum
Syria Standard Time=Damascus
Taipei Standard Time=Taipei
Tasmania Standard Time=Hobart
Tocantins Standard Time=Araguaina
Tokyo Standard Time=Osaka, Sapporo, Tokyo
Tomsk Standard Time=Tomsk
Tonga Standard Time=Nuku'alofa
Transbaikal Standard Time=Chita
Turkey Standard Time=Istanbul
Turks And Caicos Standard Time=Turks and Caicos
US Eastern Standard Time=Indiana (East)
US Mountain Standard Time=Arizona
UTC=Coordinated Universal Time
UTC+12=Coordinated Universal Time+12
UTC+13=Coordinated Universal Time+13
UTC-02=Coordinated Universal Time-02
UTC-08=Coordinated Universal Time-08
UTC-09=Coordinated Universal Time-09
UTC-11=Coordinated Universal Time-11
Ulaanbaatar Standard Time=Ulaanbaatar
Venezuela Standard Time=Caracas
Vladivostok Standard Time=Vladivostok
Volgograd Standard Time=Volgograd
W. Australia Standard Time=Perth
W. Central Africa Standard Time=West Central Africa
W. Europe Standard Time=Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna
W. Mongolia Standard Time=Hovd
West Asia Standard Time=Ashgabat, Tashkent|Tashkent
West Bank Standard Time=Gaza, Hebron
West Pacific Standard Time=Guam, Port Moresby
Yakutsk Standard Time=Yakutsk
Yukon Standard Time=Yukon
`

// retiredWindows are zone ids that Windows had and CLDR no longer maps.
var retiredWindows = map[string]string{
	"Armenian Standard Time":     "Asia/Yerevan",
	"Kamchatka Standard Time":    "Asia/Kamchatka",
	"Mexico Standard Time":       "America/Mexico_City",
	"Mexico Standard Time 2":     "America/Chihuahua",
	"Mid-Atlantic Standard Time": "Etc/GMT+2",
}

// otherNames, in lower case, are written by some clients and in no table.
var otherNames = map[string]string{
	"z":                          "UTC",
	"coordinated universal time": "UTC",
	"tzone://microsoft/utc":      "UTC",
	"asia/beijing":               "Asia/Shanghai",
	"us/pacific-new":             "America/Los_Angeles", // in the database until 2020
	"us-eastern":                 "America/New_York",
	"us-central":                 "America/Chicago",
	"us-mountain":                "America/Denver",
	"us-pacific":                 "America/Los_Angeles",
}
