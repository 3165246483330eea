// Scores pairs of Arabic segments with OmegaT's own classes, for the table that compare.py prints.
//
// Reads lines `asked TAB stored` (UTF-8) from stdin. Prints for each line three whole percentages separated
// by tabs, in the order of OmegaT's matches pane (stem/no stem/adjusted):
//   omegat_stem      words stemmed by LuceneArabicTokenizer, without stop words and numbers; OmegaT sorts by
// this one   omegat_nostem    words as they are written, without numbers
//   omegat_adjusted  words, spaces, punctuation and numbers
// org.omegat.core.statistics.FindMatches computes the same figures with default preferences for a unit of a
// memory without penalty. It also drops units of which the first two figures are both under 30; this program
// does not. `run` installs OmegaT (GPL), no part of which belongs to this project.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.omegat.core.matching.FuzzyMatcher;
import org.omegat.core.matching.ISimilarityCalculator;
import org.omegat.core.matching.LevenshteinDistance;
import org.omegat.tokenizer.ITokenizer;
import org.omegat.tokenizer.ITokenizer.StemmingMode;
import org.omegat.tokenizer.LuceneArabicTokenizer;
import org.omegat.util.Language;
import org.omegat.util.Token;

public final class OmegatScore {
    private final ITokenizer tokenizer = new LuceneArabicTokenizer();
    private final ISimilarityCalculator distance = new LevenshteinDistance();
    private final Locale locale = new Language("ar").getLocale();

    private int similarity(Token[] asked, Token[] stored) {
        return FuzzyMatcher.calcSimilarity(distance, asked, stored);
    }

    private Token[] stems(String text) {
        return tokenizer.tokenizeWords(text, StemmingMode.MATCHING);
    }

    /** Like FindMatches, lowers the case here and in everything(), but not for the stems. */
    private Token[] words(String text) {
        return tokenizer.tokenizeWords(text.toLowerCase(locale), StemmingMode.NONE);
    }

    private Token[] everything(String text) {
        return tokenizer.tokenizeVerbatim(text.toLowerCase(locale));
    }

    private String score(String asked, String stored) {
        return similarity(stems(asked), stems(stored))
                + "\t" + similarity(words(asked), words(stored))
                + "\t" + similarity(everything(asked), everything(stored));
    }

    public static void main(String[] args) throws IOException {
        OmegatScore scorer = new OmegatScore();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            number++;
            String[] sides = line.split("\t", -1);
            if (sides.length != 2 || sides[0].isEmpty() || sides[1].isEmpty()) {
                System.err.println("OmegatScore: line " + number + " is not `asked TAB stored`");
                System.exit(1);
            }
            out.println(scorer.score(sides[0], sides[1]));
        }
        out.flush();
        // OmegaT's classes may have started threads, which would keep the JVM from exiting.
        System.exit(out.checkError() ? 1 : 0);
    }
}
