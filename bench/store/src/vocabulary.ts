const words = (text: string): readonly string[] => text.trim().split(/\s+/)
const phrases = (text: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())

export const firstNames: readonly string[] = words(`
  Adele Agnes Albert Alma Amelie Andrea Anton Arthur Astrid Aurel Beate Benno Bianca Bruno Carla Cecilia
  Clara Conrad Dagmar Daniel Daria David Dora Edgar Edith Elena Elias Elise Emil Emma Erik Erwin Esther
  Eva Fabian Felix Fiona Florian Frank Frieda Gabriel Georg Gerda Greta Gustav Hanna Harald Heidi Helene
  Henrik Hilde Hugo Ida Ilse Ingrid Irene Isabel Ivan Jakob Jana Jasper Jens Johanna Jonas Josef Judith
  Julia Julius Karin Karl Kaspar Katrin Klara Konstantin Lara Laura Lea Leon Leonie Lina Linus Lorenz
  Lotte Luca Lucia Ludwig Luise Magda Manuel Marcel Maria Marius Marlene Martha Martin Mathilda Max
  Melanie Mira Monika Moritz Nadja Natalie Nele Nico Nina Norbert Olga Oliver Oskar Otto Paula Peter
  Philipp Pia Ralf Rebecca Richard Robert Roman Rosa Rudolf Sabine Samuel Sara Selma Simon Sofia Sophie
  Stefan Susanne Sven Tamara Theodor Thea Tilda Tobias Ulrich Ulrike Ursula Valentin Vera Verena Viktor
  Vincent Viola Walter Wanda Werner Wilma Xaver Yvonne Zita`)

export const lastNames: readonly string[] = words(`
  Abendroth Adler Albrecht Altmann Amsel Arnold Auerbach Bachmann Baer Bauer Baumann Becker Behrens
  Berger Bergmann Bischof Blum Bode Boehm Brandt Braun Breuer Brinkmann Bruckner Buchholz Burkhardt
  Busch Conradi Dahlke Decker Diehl Dietrich Doerr Drechsler Ebert Eckhardt Ehlers Eisenberg Engel
  Erhardt Ernst Faber Falk Feldmann Fiedler Fink Fischer Fleischer Forster Frank Freitag Friedrich Fuchs
  Funke Gebhardt Geiger Gerlach Glaser Goetz Graf Grimm Gross Gruber Haas Hagen Hahn Hammer Hansen
  Hartmann Hauser Heine Heller Henning Herbst Hermann Herzog Hirsch Hoffmann Holzer Horn Huber Jaeger
  Jahn Jansen Jordan Jung Kaiser Kastner Keller Kern Kessler Kirchner Klein Koch Koehler Koenig Kraft
  Kramer Kraus Kroll Krueger Kuhn Kunze Lang Lehmann Lenz Lindner Loewe Lorenz Ludwig Maier Marx Maurer
  Mayer Meissner Menzel Metzger Michel Moser Mueller Nagel Neumann Nowak Oswald Otto Paulsen Peters
  Pfeiffer Pohl Rademacher Reich Reinhardt Richter Riedel Ritter Roth Rudolph Sander Sauer Schade
  Schaefer Scherer Schilling Schmid Schneider Scholz Schreiber Schubert Schuster Schwarz Seidel Seifert
  Simon Sommer Stark Stein Steiner Stolz Strauss Tannert Thiele Thomas Ullmann Unger Vogel Vogt Voss
  Wagner Walther Weber Wegner Weiss Wendt Werner Wiegand Winkler Winter Wirth Wolf Zander Ziegler Zimmer
  Zobel`)

export const streets: readonly string[] = words(`
  Ahornweg Akazienstrasse Amselgasse Anger Bachstrasse Bahnhofstrasse Bergstrasse Birkenallee Blumenweg
  Brunnengasse Buchenweg Burgplatz Dammweg Dorfstrasse Eichenallee Erlenweg Eschenring Fabrikstrasse
  Feldweg Fichtenweg Flussufer Forststrasse Friedensplatz Gartenstrasse Gerbergasse Goethestrasse
  Grabenweg Hafenstrasse Hauptstrasse Heideweg Hochstrasse Hofgasse Industriering Kanalstrasse
  Kapellenweg Kastanienallee Kirchgasse Klosterhof Kornmarkt Kurze-Gasse Lerchenweg Lindenallee
  Lange-Strasse Marktplatz Mittelweg Muehlenweg Muenzgasse Neuer-Weg Nordring Obere-Gasse Ostwall
  Parkstrasse Pappelallee Poststrasse Quellenweg Rathausplatz Ringstrasse Rosenweg Sandweg
  Schillerstrasse Schlossallee Schmiedegasse Schulstrasse Seestrasse Sonnenhang Stadtgraben Steinweg
  Suedring Talstrasse Tannenweg Teichweg Turmstrasse Uferweg Ulmenweg Untere-Gasse Viehmarkt
  Wacholderweg Waldstrasse Wallgasse Weidenweg Weinbergstrasse Werkstrasse Westend Wiesengrund
  Wilhelmplatz Zeisigweg Ziegelhuette`)

export const cities: readonly string[] = words(`
  Aalen Amberg Ansbach Arnsberg Aurich Bamberg Bautzen Bayreuth Bergen Bernau Bingen Bitburg Borken
  Brilon Calw Celle Cham Coburg Dachau Deggendorf Detmold Dillingen Ebersbach Eisenach Emden Erding
  Eutin Forchheim Freiberg Freising Fulda Genthin Gera Gifhorn Goslar Gotha Guben Hameln Hanau Heide
  Herford Hof Husum Ilmenau Itzehoe Jever Kamenz Kehl Kempten Kleve Kronach Kulmbach Landau Leer Lemgo
  Lindau Lingen Lohr Luebben Marburg Meissen Memmingen Mosbach Nauen Neuss Nordhausen Oberhof Oldenburg
  Olpe Passau Peine Pirna Plauen Rastatt Riesa Rottweil Saalfeld Schleiz Schwerin Siegen Soest Speyer
  Stade Stendal Suhl Torgau Trier Uelzen Unna Verden Viersen Wesel Wetzlar Wismar Worms Xanten Zeitz
  Zerbst Zittau Zwickau`)

export const qualities: readonly string[] = words(`
  Anodised Antique Black Blue Brass Brushed Cast Chromed Classic Coarse Compact Copper Deep Double
  Enamelled Extra Fine Flat Forged Galvanised Green Grey Hardened Heavy Hexagon Insulated Large Light
  Long Matt Medium Mini Narrow Nickel Oiled Painted Plain Polished Powder-coated Quick Red Reinforced
  Rolled Round Rubber Satin Short Silver Slim Small Solid Spring Square Stainless Steel Straight
  Tempered Threaded Titanium Twin Universal Waxed White Wide Yellow Zinc`)

export const goods: readonly string[] = words(`
  Adapter Anchor Angle Anvil Axe Bar Barrel Bearing Bit Blade Block Bolt Bracket Brush Bucket Buckle
  Bushing Cable Caliper Cap Castor Chain Chisel Clamp Clip Collar Connector Coupling Crank Cutter Disc
  Dowel Drill File Fitting Flange Gasket Gauge Gear Gloves Grate Grinder Grip Hammer Handle Hasp Hinge
  Holder Hook Hose Jack Joint Key Knife Knob Ladder Lamp Latch Lever Lock Mallet Mesh Nail Nozzle Nut
  Pad Pin Pipe Plate Pliers Plug Post Pulley Pump Punch Rack Rail Rake Ratchet Ring Rivet Rod Roller
  Rope Saw Screw Shackle Shears Sheet Shelf Shovel Socket Spade Spanner Spring Sprocket Staple Strap
  Strut Tap Tile Tongs Trowel Tube Valve Vice Washer Wedge Wheel Winch Wire Wrench`)

export const units: readonly string[] = words('pc pack box m kg set pair roll')

export const terms: readonly string[] = phrases(`
  14 days net
  bank transfer, 30 days
  cash at the counter
  direct debit
  card
  in advance`)

export const openings: readonly string[] = phrases(`
  Customer asked for delivery before
  Please ring the bell and wait at
  Deposit received in cash, balance due
  Partial shipment agreed by telephone with
  Goods collected at the counter by
  Returned one damaged item from
  Discount granted by the manager for
  Reminder sent, payment promised until
  Order placed through the web shop, reference
  Replacement for the delivery under number
  Invoice to be split between the branch and
  Cut to length as in the drawing
  Keep in stock until further notice, contact
  Assembly on site agreed with
  Special order, supplier confirmed
  Measured on site by our colleague, see sheet
  Price as in the frame contract
  Back order, expected in calendar week
  Pallet exchange, still open:
  Not to be delivered together with order`)

export const endings: readonly string[] = phrases(`
  leave at the gate if nobody is there
  call one hour ahead
  no delivery on Mondays
  original paper invoice required
  mark the parcel with the cost centre
  copy to the accounts department
  check the colour before packing
  forklift available until four
  old parts to be taken back
  warranty card enclosed
  second key is with the caretaker
  weight above the limit for parcel service
  payment within fourteen days agreed
  tell the workshop when it has arrived
  do not bend
  sharpened free of charge
  quantity corrected after counting
  approved by the owner`)
