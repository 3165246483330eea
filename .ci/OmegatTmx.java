// Reads a TMX with OmegaT's own reader, for `.ci/interchange`.
//
// usage: java -cp OmegaT.jar OmegatTmx.java FILE SOURCE TARGET
// Prints the source and target of each unit on a line, separated by a tab, with runs of white space as one
// space. Prints the number of units on standard error. `.ci/interchange` installs OmegaT (GPL); no part of it
// belongs to this project.

import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.omegat.util.Language;
import org.omegat.util.TMXReader2;

public final class OmegatTmx {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8.name());
        int[] units = {0};
        new TMXReader2().readTMX(
                new File(arguments[0]), new Language(arguments[1]), new Language(arguments[2]), false, false, true, false,
                (tu, source, target, paragraph) -> {
                    if (source != null && target != null) {
                        units[0]++;
                        out.println(clean(source.text) + "\t" + clean(target.text));
                    }
                    return true;
                });
        out.flush();
        System.err.println(units[0]);
    }

    private static String clean(String text) {
        return text.replaceAll("\\s+", " ").trim();
    }
}
